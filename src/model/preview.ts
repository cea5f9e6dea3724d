/**
 * The first bytes of a message, in words: reads pickle's opcodes and builds nothing but text. No class is looked up, no
 * function called; what cannot be read is shown as bytes.
 */
import { Call, Cut, Dict, Global, Many, Text, render, bytesText, stringText, type Value } from './preview-values.js';

/** Longest preview, in characters. */
const LONGEST = 300;

/**
 * @param bytes the first bytes of the message, perhaps all
 * @param length of the whole message
 * @returns a line like Python's repr; `…` where something is missing
 */
export function decodePreview(bytes: Uint8Array, length: number): string {
  const cut = bytes.length < length;
  if (bytes.length === 0) return length === 0 ? "b''" : '…';
  // Every pickle that multiprocessing makes begins so; anything else came by send_bytes.
  if (bytes[0] !== 0x80 || (bytes[1] ?? 0) > 5) return render(new Text(bytesText(bytes, cut)), LONGEST);
  const reader = new PickleReader(bytes);
  try {
    return render(reader.read(), LONGEST);
  } catch (error) {
    if (error instanceof Cut) return more(render(reader.whatThereIs(), LONGEST));
    return render(new Text(bytesText(bytes, cut)), LONGEST);
  }
}

/** Of a pickle that is cut nobody knows what its rest would have made of what there is, but of an array, whose shape says all that is shown. */
function more(text: string): string {
  return text.includes('…') || /^(?:ndarray|tensor|Parameter)\(/.test(text) ? text : `${text} …`;
}

/** The bytes are no pickle. */
class NotPickle extends Error {}

const MARK = Symbol('mark');
const UTF8 = new TextDecoder('utf-8');

class PickleReader {
  private at = 0;
  private readonly view: DataView;
  private readonly stack: (Value | typeof MARK)[] = [];
  private readonly memo = new Map<number, Value>();

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Value {
    for (;;) {
      const code = this.u8();
      if (code === 0x2e) return this.pop();
      this.step(code);
    }
  }

  /** After a cut: what was on the stack, as if the open containers ended here. */
  whatThereIs(): Value {
    for (let i = 0; i < 10000; i++) {
      const mark = this.stack.lastIndexOf(MARK);
      if (mark < 0) break;
      const items = unfinished(this.stack.splice(mark + 1) as Value[]);
      this.stack.pop();
      const below = this.stack[this.stack.length - 1];
      if (below instanceof Many) below.items.push(...items);
      else if (below instanceof Dict) below.add(items);
      else {
        this.stack.push(new Many('(', ')', items, true));
        continue;
      }
      below.open = true;
    }
    const [first, ...rest] = unfinished(this.stack.filter((value): value is Value => value !== MARK));
    if (first === undefined) return new Text('…');
    if (first instanceof Many || first instanceof Dict) {
      first.open = true;
      if (first instanceof Many) first.items.push(...rest);
      else first.add(rest);
      return first;
    }
    if (first instanceof Call) {
      first.open = true;
      return first;
    }
    if (first instanceof Global) return new Call(first.name, rest, true);
    return first instanceof Text && first.text.endsWith('…') ? first : new Many('', '', [first], true);
  }

  private step(code: number): void {
    switch (code) {
      case 0x80: this.at += 1; return; // PROTO
      case 0x95: this.at += 8; return; // FRAME
      case 0x28: this.stack.push(MARK); return;
      case 0x30: this.stack.pop(); return;
      case 0x31: this.popToMark(); return;
      case 0x32: this.stack.push(this.top()); return;
      case 0x4e: this.text('None'); return;
      case 0x88: this.text('True'); return;
      case 0x89: this.text('False'); return;
      case 0x4a: this.text(String(this.view.getInt32(this.skip(4), true))); return;
      case 0x4b: this.text(String(this.u8())); return;
      case 0x4d: this.text(String(this.view.getUint16(this.skip(2), true))); return;
      case 0x8a: this.long(this.u8()); return;
      case 0x8b: this.long(this.u32()); return;
      case 0x47: this.text(floatText(this.view.getFloat64(this.skip(8), false))); return;
      case 0x49: case 0x4c: case 0x46: this.text(this.line().replace(/L$/, '')); return;
      case 0x53: this.text(this.line()); return;
      case 0x56: this.text(stringText(this.line(), false)); return;
      case 0x54: case 0x42: this.byteString(this.u32()); return;
      case 0x55: case 0x43: this.byteString(this.u8()); return;
      case 0x8e: this.byteString(this.u64()); return;
      case 0x96: this.byteString(this.u64(), 'bytearray'); return;
      case 0x58: this.unicode(this.u32()); return;
      case 0x8c: this.unicode(this.u8()); return;
      case 0x8d: this.unicode(this.u64()); return;
      default: this.containerStep(code);
    }
  }

  private containerStep(code: number): void {
    switch (code) {
      case 0x5d: this.stack.push(new Many('[', ']', [])); return;
      case 0x29: this.stack.push(new Many('(', ')', [])); return;
      case 0x7d: this.stack.push(new Dict()); return;
      case 0x8f: this.stack.push(new Many('{', '}', [])); return;
      case 0x61: { const item = this.pop(); this.many().items.push(item); return; }
      case 0x65: case 0x90: { const items = this.popToMark(); this.many().items.push(...items); return; }
      case 0x6c: this.stack.push(new Many('[', ']', this.popToMark())); return;
      case 0x74: this.stack.push(new Many('(', ')', this.popToMark())); return;
      case 0x91: this.stack.push(new Many('frozenset({', '})', this.popToMark())); return;
      case 0x85: case 0x86: case 0x87: this.tuple(code - 0x84); return;
      case 0x64: { const dict = new Dict(); dict.add(this.popToMark()); this.stack.push(dict); return; }
      case 0x73: { const value = this.pop(); const key = this.pop(); this.dict()?.add([key, value]); return; }
      case 0x75: { const items = this.popToMark(); this.dict()?.add(items); return; }
      default: this.objectStep(code);
    }
  }

  private objectStep(code: number): void {
    switch (code) {
      case 0x63: { const module = this.line(); this.stack.push(new Global(module, this.line())); return; }
      case 0x93: { const name = this.pop(); const module = this.pop(); this.stack.push(new Global(rawText(module), rawText(name))); return; }
      case 0x52: case 0x81: { const args = this.pop(); const callable = this.pop(); this.stack.push(call(callable, args)); return; }
      case 0x92: { const kwargs = this.pop(); const args = this.pop(); const made = call(this.pop(), args); if (kwargs instanceof Dict) made.state = kwargs; this.stack.push(made); return; }
      case 0x69: { const module = this.line(); const name = this.line(); this.stack.push(new Call(new Global(module, name).name, this.popToMark(), false)); return; }
      case 0x6f: { const [of, ...args] = this.popToMark(); this.stack.push(call(of ?? new Text('?'), new Many('(', ')', args))); return; }
      case 0x62: { const state = this.pop(); const made = this.top(); if (made instanceof Call) made.state = state; return; }
      case 0x70: this.memo.set(Number(this.line()), this.top()); return;
      case 0x71: this.memo.set(this.u8(), this.top()); return;
      case 0x72: this.memo.set(this.u32(), this.top()); return;
      case 0x94: this.memo.set(this.memo.size, this.top()); return;
      case 0x67: this.recall(Number(this.line())); return;
      case 0x68: this.recall(this.u8()); return;
      case 0x6a: this.recall(this.u32()); return;
      case 0x50: this.line(); this.text('<persistent>'); return;
      case 0x51: this.pop(); this.text('<persistent>'); return;
      case 0x82: this.at += 1; this.text('<extension>'); return;
      case 0x83: this.at += 2; this.text('<extension>'); return;
      case 0x84: this.at += 4; this.text('<extension>'); return;
      case 0x97: this.text('<buffer>'); return;
      case 0x98: return;
      default: throw new NotPickle();
    }
  }

  private text(text: string): void {
    this.stack.push(new Text(text));
  }

  private long(n: number): void {
    if (n > 64) {
      this.skip(n);
      this.text(`<int of ${n} bytes>`);
      return;
    }
    const at = this.skip(n);
    let value = 0n;
    for (let i = n - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[at + i]!);
    this.text(String(BigInt.asIntN(Math.max(1, n * 8), value)));
  }

  private byteString(n: number, type = ''): void {
    const { data, cut } = this.data(n);
    const text = bytesText(data, cut);
    this.stack.push(new Text(type === '' ? text : `${type}(${text})`, null, data, n));
    if (cut) throw new Cut();
  }

  private unicode(n: number): void {
    const { data, cut } = this.data(n);
    const told = UTF8.decode(data);
    // A character cut in the middle decodes to a replacement character at the end.
    const value = new Text(stringText(cut ? told.replace(/\ufffd+$/, '') : told, cut), told);
    this.stack.push(value);
    if (cut) throw new Cut();
  }

  /** Up to `n` bytes, as far as they are there. */
  private data(n: number): { readonly data: Uint8Array; readonly cut: boolean } {
    const end = Math.min(this.bytes.length, this.at + n);
    const data = this.bytes.subarray(this.at, end);
    const cut = end < this.at + n;
    this.at = end;
    return { data, cut };
  }

  private tuple(n: number): void {
    const items: Value[] = [];
    for (let i = 0; i < n; i++) items.unshift(this.pop());
    this.stack.push(new Many('(', ')', items));
  }

  private recall(index: number): void {
    this.stack.push(this.memo.get(index) ?? new Text('?'));
  }

  private many(): Many {
    const top = this.top();
    if (top instanceof Many) return top;
    return top instanceof Call ? top.contentsAs(() => new Many('[', ']', []), Many) : new Many('', '', []);
  }

  private dict(): Dict | null {
    const top = this.top();
    if (top instanceof Dict) return top;
    return top instanceof Call ? top.contentsAs(() => new Dict(), Dict) : null;
  }

  private popToMark(): Value[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw new NotPickle();
    const items = this.stack.splice(mark + 1) as Value[];
    this.stack.pop();
    return items;
  }

  private pop(): Value {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw new NotPickle();
    return value;
  }

  private top(): Value {
    const value = this.stack[this.stack.length - 1];
    if (value === undefined || value === MARK) throw new NotPickle();
    return value;
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new Cut();
    const line = UTF8.decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return line;
  }

  private skip(n: number): number {
    const { at } = this;
    if (at + n > this.bytes.length) throw new Cut();
    this.at += n;
    return at;
  }

  private u8(): number {
    return this.bytes[this.skip(1)]!;
  }

  private u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  private u64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }
}

/** What was being made when the bytes ended: a call of which the arguments, or an object of which the state is not all there. */
function unfinished(items: Value[]): Value[] {
  for (;;) {
    const last = items[items.length - 1];
    const before = items[items.length - 2];
    if (before instanceof Global && last instanceof Call && last.open) items.splice(-2, 2, new Call(before.name, [last], true));
    else if (last instanceof Many && last.open && before instanceof Global) items.splice(-2, 2, new Call(before.name, last.items, true));
    else if ((last instanceof Dict || last instanceof Many) && before instanceof Call && before.state === null && (last.open || before.name === 'dtype')) {
      // The state of a type may be whole, and only the word missing that it is one.
      before.state = last;
      before.open ||= last.open;
      items.pop();
    } else return items;
  }
}

function call(callable: Value, args: Value): Call {
  const name = callable instanceof Global || callable instanceof Call ? callable.name : '?';
  return new Call(name, args instanceof Many ? args.items : [args], false);
}

function rawText(value: Value): string {
  return value instanceof Text ? (value.raw ?? value.text) : '?';
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
}
