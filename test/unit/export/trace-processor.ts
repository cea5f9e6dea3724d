/** A client of Perfetto's trace processor, which runs here as in its page: bytes of a trace go in, rows of SQL come out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import vm from 'node:vm';
import { ensureTraceProcessor } from '../../../scripts/trace-processor.mjs';

export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

/** Fields of TraceProcessorRpcStream, TraceProcessorRpc, QueryArgs and QueryResult, in Perfetto's trace_processor.proto. */
const STREAM = { msg: 1 };
const RPC = { seq: 1, request: 2, fatal: 5, appendData: 101, query: 103, appendResult: 201, queryResult: 203 };
const REQUEST = { append: 1, finalize: 2, query: 3 };
const RESULT = { columns: 1, error: 2, batch: 3 };
const BATCH = { cells: 1, varints: 2, floats: 3, blobs: 4, strings: 5 };
const CELL = { null: 1, varint: 2, float: 3, string: 4, blob: 5 };

interface Port {
  onmessage: ((event: { data: Uint8Array }) => void) | null;
  postMessage(bytes: Uint8Array): void;
}

export class TraceProcessor {
  readonly #port: Port;
  #replies: Uint8Array[] = [];
  #seq = 0;

  private constructor(port: Port, private readonly itsBytes: Uint8ArrayConstructor) {
    this.#port = port;
    port.postMessage = (bytes) => this.#replies.push(Uint8Array.from(bytes));
  }

  static async start(): Promise<TraceProcessor> {
    const folder = ensureTraceProcessor((line) => console.log(line));
    const port: Port = { onmessage: null, postMessage: () => undefined };
    // The engine is written for a worker of a page: it gets the little of one that it asks for.
    class Request {
      response: ArrayBuffer | null = null;
      #file = '';
      open(_method: string, url: string): void {
        this.#file = url;
      }
      send(): void {
        const bytes = readFileSync(join(folder, this.#file));
        this.response = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      }
    }
    const self: { onmessage?: (event: { data: Port }) => void; location: { href: string } } = { location: { href: '' } };
    const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };
    const context = vm.createContext({ self, XMLHttpRequest: Request, WorkerGlobalScope: Object, console: quiet, performance, TextDecoder, TextEncoder, setTimeout, clearTimeout, crypto });
    // It checks with instanceof, and classes of a context are its own.
    const itsBytes = vm.runInContext('Uint8Array', context) as Uint8ArrayConstructor;
    vm.runInContext(readFileSync(join(folder, 'engine_bundle.js'), 'utf8'), context);
    self.onmessage?.({ data: port });
    // Memory is made ready in promises that nobody hands out.
    for (let i = 0; i < 200 && port.onmessage === null; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 50));
    return new TraceProcessor(port, itsBytes);
  }

  /** @throws where it says that it is no trace */
  load(trace: Iterable<string>): void {
    const encoder = new TextEncoder();
    for (const chunk of trace) this.#call(REQUEST.append, RPC.appendData, encoder.encode(chunk));
    this.#call(REQUEST.finalize, null, new Uint8Array());
  }

  query(sql: string): Row[] {
    const rows: Row[] = [];
    let columns: string[] = [];
    for (const reply of this.#call(REQUEST.query, RPC.query, field(1, new TextEncoder().encode(sql)))) {
      for (const result of reply.get(RPC.queryResult) ?? []) {
        const read = parse(bytesOf(result));
        const error = read.get(RESULT.error)?.[0];
        if (error !== undefined) throw new Error(`${textOf(bytesOf(error))}: ${sql}`);
        columns = [...columns, ...(read.get(RESULT.columns) ?? []).map((name) => textOf(bytesOf(name)))];
        for (const batch of read.get(RESULT.batch) ?? []) rows.push(...rowsOf(parse(bytesOf(batch)), columns));
      }
    }
    return rows;
  }

  #call(request: number, argument: number | null, bytes: Uint8Array): Fields[] {
    this.#replies = [];
    const rpc = concat([number(RPC.seq, ++this.#seq), number(RPC.request, request), ...(argument === null ? [] : [field(argument, bytes)])]);
    this.#port.onmessage?.({ data: this.itsBytes.from(field(STREAM.msg, rpc)) });
    const replies = (parse(concat(this.#replies)).get(STREAM.msg) ?? []).map((one) => parse(bytesOf(one)));
    for (const reply of replies) {
      const fatal = reply.get(RPC.fatal)?.[0];
      if (fatal !== undefined) throw new Error(textOf(bytesOf(fatal)));
      const appended = reply.get(RPC.appendResult)?.[0];
      const error = appended === undefined ? undefined : parse(bytesOf(appended)).get(2)?.[0];
      if (error !== undefined) throw new Error(textOf(bytesOf(error)));
    }
    return replies;
  }
}

function rowsOf(batch: Fields, columns: readonly string[]): Row[] {
  const list = (id: number): number[] => (batch.get(id) ?? []).flatMap((one) => (typeof one === 'number' ? [one] : varints(one)));
  const cells = list(BATCH.cells);
  const whole = list(BATCH.varints);
  const floats = (batch.get(BATCH.floats) ?? []).flatMap((one) => doubles(bytesOf(one)));
  const strings = (batch.get(BATCH.strings) ?? []).flatMap((one) => textOf(bytesOf(one)).split('\0'));
  const rows: Row[] = [];
  let row: Record<string, Value> = {};
  cells.forEach((cell, i) => {
    const name = columns[i % columns.length] ?? '';
    row[name] = cell === CELL.varint ? (whole.shift() ?? null) : cell === CELL.float ? (floats.shift() ?? null) : cell === CELL.string ? (strings.shift() ?? null) : null;
    if (i % columns.length === columns.length - 1) {
      rows.push(row);
      row = {};
    }
  });
  return rows;
}

// Protocol buffers, as much of them as this needs.

type Fields = Map<number, (number | Uint8Array)[]>;

function varint(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) + 128);
  }
}

function number(id: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(id * 8), ...varint(value)]);
}

function field(id: number, bytes: Uint8Array): Uint8Array {
  return concat([Uint8Array.from([...varint(id * 8 + 2), ...varint(bytes.length)]), bytes]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++] ?? 0;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return { value: Number(BigInt.asIntN(64, value)), next: at };
  }
}

function varints(bytes: Uint8Array): number[] {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, next } = readVarint(bytes, at);
    out.push(value);
    at = next;
  }
  return out;
}

function doubles(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(i * 8, true));
}

function parse(bytes: Uint8Array): Fields {
  const fields: Fields = new Map();
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    at = tag.next;
    const id = Math.floor(tag.value / 8);
    let value: number | Uint8Array;
    switch (tag.value % 8) {
      case 0: {
        const read = readVarint(bytes, at);
        value = read.value;
        at = read.next;
        break;
      }
      case 1:
        value = bytes.subarray(at, at + 8);
        at += 8;
        break;
      case 2: {
        const length = readVarint(bytes, at);
        value = bytes.subarray(length.next, length.next + length.value);
        at = length.next + length.value;
        break;
      }
      default:
        throw new Error(`the trace processor's answer has a field of a kind nobody expects: ${tag.value % 8}`);
    }
    const known = fields.get(id);
    if (known === undefined) fields.set(id, [value]);
    else known.push(value);
  }
  return fields;
}

function bytesOf(value: number | Uint8Array): Uint8Array {
  if (typeof value === 'number') throw new Error('bytes were expected, and a number came');
  return value;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
