/** What a preview is made of: texts and the containers around them. */
import { knownObject } from './preview-objects.js';

/** The input ended in the middle. */
export class Cut extends Error {}

export class Text {
  constructor(
    readonly text: string,
    /** A string's own characters, without quotes. */
    readonly raw: string | null = null,
    /** Of bytes: themselves, as far as they are there, and how many they are. */
    readonly data: Uint8Array | null = null,
    readonly length: number | null = null,
  ) {}
}

/** A list, tuple or set; `open`: its end is not known. */
export class Many {
  constructor(
    readonly before: string,
    readonly after: string,
    readonly items: Value[],
    public open = false,
  ) {}
}

export class Dict {
  readonly items: (readonly [Value, Value | null])[] = [];
  open = false;

  add(flat: readonly Value[]): void {
    for (let i = 0; i < flat.length; i += 2) this.items.push([flat[i]!, flat[i + 1] ?? null]);
  }
}

const OLD_NAMES: Readonly<Record<string, string>> = { long: 'int', xrange: 'range', unicode: 'str', unichr: 'chr' };

/** A class or function by name: never looked up. */
export class Global {
  readonly name: string;

  constructor(
    readonly module: string,
    qualified: string,
  ) {
    const name = qualified.slice(qualified.lastIndexOf('.') + 1) || qualified;
    // Before protocol 3 the names are Python 2's.
    this.name = module === '__builtin__' && Object.hasOwn(OLD_NAMES, name) ? (OLD_NAMES[name] ?? name) : name;
  }
}

/** An instance: what makes it, with what, and its state. */
export class Call {
  state: Value | null = null;
  /** Items of an instance that is itself a list or dict. */
  contents: Many | Dict | null = null;

  constructor(
    readonly name: string,
    readonly args: Value[],
    public open: boolean,
  ) {}

  contentsAs<T extends Many | Dict>(make: () => T, type: new (...args: never[]) => T): T {
    if (this.contents instanceof type) return this.contents;
    const made = make();
    this.contents = made;
    return made;
  }
}

export type Value = Text | Many | Dict | Global | Call;

const DEEPEST = 8;

/** The value as one line of at most `longest` characters. */
export function render(value: Value, longest: number): string {
  const out = new Output(longest);
  write(out, value, 0);
  return out.text();
}

class Output {
  private readonly parts: string[] = [];
  private left: number;

  constructor(longest: number) {
    this.left = longest;
  }

  get full(): boolean {
    return this.left <= 0;
  }

  add(text: string): void {
    if (this.full) return;
    this.parts.push(text.length > this.left ? `${text.slice(0, this.left)}…` : text);
    this.left -= text.length;
  }

  text(): string {
    return this.parts.join('');
  }
}

function write(out: Output, value: Value, depth: number): void {
  if (out.full) return;
  if (depth > DEEPEST) out.add('…');
  else if (value instanceof Text) out.add(value.text);
  else if (value instanceof Global) out.add(value.name);
  else if (value instanceof Many) writeMany(out, value, depth);
  else if (value instanceof Dict) {
    out.add('{');
    writeItems(out, value, ': ', depth);
    out.add('}');
  } else writeCall(out, value, depth);
}

function writeMany(out: Output, many: Many, depth: number): void {
  if (many.before === '{' && many.items.length === 0 && !many.open) {
    out.add('set()');
    return;
  }
  out.add(many.before);
  list(out, many.items, depth);
  if (many.open) out.add(many.items.length > 0 && many.before !== '' ? ', …' : '…');
  else if (many.before === '(' && many.items.length === 1) out.add(',');
  out.add(many.after);
}

function list(out: Output, items: readonly Value[], depth: number): void {
  for (let i = 0; i < items.length && !out.full; i++) {
    if (i > 0) out.add(', ');
    write(out, items[i]!, depth + 1);
  }
}

function writeItems(out: Output, dict: Dict, between: string, depth: number): void {
  for (let i = 0; i < dict.items.length && !out.full; i++) {
    const [key, value] = dict.items[i]!;
    if (i > 0) out.add(', ');
    if (between === '=' && key instanceof Text) out.add(key.raw ?? key.text);
    else write(out, key, depth + 1);
    out.add(between);
    if (value === null) out.add('…');
    else write(out, value, depth + 1);
  }
  if (dict.open) out.add(dict.items.length > 0 ? ', …' : '…');
}

function writeCall(out: Output, call: Call, depth: number): void {
  const known = depth < DEEPEST ? knownObject(call) : null;
  if (known !== null) {
    out.add(known);
    return;
  }
  // Objects of the old protocol: copyreg._reconstructor(Class, object, None).
  const [first] = call.args;
  const rebuilt = call.name === '_reconstructor' && first instanceof Global;
  out.add(rebuilt ? first.name : call.name);
  out.add('(');
  // `object.__reduce_ex__` gives the class alone; what a person knows of it is its state.
  const args = rebuilt ? [] : call.args.filter((arg) => !(arg instanceof Global && arg.name === call.name));
  list(out, args, depth);
  if (call.contents !== null) {
    if (args.length > 0) out.add(', ');
    write(out, call.contents, depth + 1);
  }
  const fields = stateFields(call.state);
  if (fields !== null && (fields.items.length > 0 || fields.open)) {
    if (args.length > 0 || call.contents !== null) out.add(', ');
    writeItems(out, fields, '=', depth);
  }
  if (call.open) out.add('…');
  out.add(')');
}

/** `__dict__`, or the pair of `__dict__` and slots. */
function stateFields(state: Value | null): Dict | null {
  if (state instanceof Dict) return state;
  if (state instanceof Many) {
    const dicts = state.items.filter((item): item is Dict => item instanceof Dict);
    return dicts[dicts.length - 1] ?? null;
  }
  return null;
}

/** As Python writes a string. */
export function stringText(text: string, cut: boolean): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.slice(0, 400).replace(/[\\\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escape);
  const safe = quote === "'" ? escaped.replace(/'/g, "\\'") : escaped;
  return cut || text.length > 400 ? `${quote}${safe}…` : `${quote}${safe}${quote}`;
}

function escape(c: string): string {
  const known: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const code = c.charCodeAt(0);
  return known[c] ?? (code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`);
}

export function bytesText(bytes: Uint8Array, cut: boolean): string {
  let text = '';
  for (const byte of bytes.subarray(0, 200)) {
    if (byte === 0x5c || byte === 0x27) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += escape(String.fromCharCode(byte));
  }
  return cut || bytes.length > 200 ? `b'${text}…` : `b'${text}'`;
}
