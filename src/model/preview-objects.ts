/** Objects that many scripts send, as their own repr would show them: read from what rebuilds them, never rebuilt. */
import { Call, Dict, Global, Many, Text, bytesText, render, type Value } from './preview-values.js';

/** What rebuilds arrays and tensors: shape and type come first, and the rest is not shown. */
const HEADERS: ReadonlySet<string> = new Set(['_reconstruct', '_frombuffer', '_rebuild_tensor', '_rebuild_tensor_v2', '_rebuild_parameter', 'rebuild_tensor']);

/** Bytes may be made to hold a set of sets of itself: so deep, and so many in all, and then no more. */
const DEEPEST = 5;
const MOST = 200;
let within = 0;
let made = 0;

/** @returns null for what is none of them: it is shown by its class and fields */
export function knownObject(call: Call): string | null {
  const known = Object.hasOwn(KNOWN, call.name) ? KNOWN[call.name] : undefined;
  if (within === 0) made = 0;
  // Of what is not all there, only what comes before the data is to be trusted.
  if (call.open && !HEADERS.has(call.name)) return null;
  if (known === undefined || within >= DEEPEST || ++made > MOST) return null;
  within++;
  try {
    return known(call);
  } finally {
    within--;
  }
}

const KNOWN: Readonly<Record<string, (call: Call) => string | null>> = {
  // Protocols before 3 know no bytes, those before 4 no sets.
  encode: ({ args }) => (args.length === 2 && args[0] instanceof Text && args[0].raw !== null && args[1] instanceof Text && args[1].raw === 'latin1' ? bytesText(latin1(args[0].raw), args[0].text.endsWith('…')) : null),
  bytes: ({ args }) => (args.length === 0 ? "b''" : null),
  bytearray: ({ args: [data] }) => (data === undefined ? "bytearray(b'')" : `bytearray(${render(data, 240)})`),
  set: ({ args: [items] }) => (items instanceof Many ? render(new Many('{', '}', items.items, items.open), 280) : null),
  frozenset: ({ args: [items] }) => (items instanceof Many && items.before === '[' ? render(new Many('frozenset({', '})', items.items, items.open), 280) : null),
  complex: ({ args: [real, imaginary] }) => (real instanceof Text && imaginary instanceof Text ? complexText(real.text, imaginary.text) : null),
  deque: ({ args: [items, maxlen], contents }) => {
    const held = contents instanceof Many ? contents : items instanceof Many ? items : new Many('[', ']', []);
    const limit = maxlen === undefined ? '' : `, maxlen=${render(maxlen, 20)}`;
    return `deque(${render(new Many('[', ']', held.items, held.open), 240)}${limit})`;
  },
  datetime: ({ args: [data, zone] }) => dateTime(data, zone),
  date: ({ args: [data] }) => numbers('date', bytesOf(data), [2, 1, 1]),
  time: ({ args: [data, zone] }) => clockTime(data, zone),
  timezone: ({ args: [offset] }) => (offset instanceof Call && offset.args.every((part) => part instanceof Text && part.text === '0') ? 'timezone.utc' : null),
  timedelta: ({ args }) => named('timedelta', ['days', 'seconds', 'microseconds'], args),
  UUID: ({ state }) => {
    const value = state instanceof Dict ? state.items.find(([key]) => key instanceof Text && key.raw === 'int')?.[1] : null;
    if (!(value instanceof Text) || !/^\d+$/.test(value.text)) return null;
    return `UUID('${BigInt(value.text).toString(16).padStart(32, '0').replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5')}')`;
  },
  PosixPath: path,
  PurePosixPath: path,
  WindowsPath: path,
  PureWindowsPath: path,
  // numpy
  _reconstruct: ({ state, args }) => (state instanceof Many ? array(state.items[1], state.items[2]) : args[0] instanceof Global && args[0].name === 'ndarray' ? 'ndarray(…)' : null),
  // In a pickle of protocol 5 the data comes first: of a large array its size alone is seen.
  _frombuffer: ({ args: [data, type, shape] }) => (!(shape instanceof Many) && data instanceof Text && data.length !== null ? `ndarray(… ${data.length} bytes …)` : array(shape, type)),
  dtype: (call) => `dtype('${typeName(call)}')`,
  scalar: ({ args: [type, data] }) => scalarText(type, data),
  // torch
  _rebuild_tensor: tensor,
  _rebuild_tensor_v2: tensor,
  _rebuild_parameter: ({ args: [data] }) => (data === undefined ? 'Parameter(…)' : render(data, 120).replace(/^tensor/, 'Parameter')),
  rebuild_tensor: ({ args: [, storage, about] }) => tensorText(about instanceof Many ? about.items[1] : undefined, storage instanceof Call && storage.args[1] instanceof Global ? storage.args[1].name : '…'),
};

function bytesOf(value: Value | undefined): Uint8Array | null {
  if (value instanceof Text) return value.data;
  if (value instanceof Call && value.name === 'encode' && value.args[0] instanceof Text && value.args[0].raw !== null) return latin1(value.args[0].raw);
  return null;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0) & 255);
}

function complexText(real: string, imaginary: string): string {
  const short = (figure: string): string => figure.replace(/\.0$/, '');
  return `(${short(real)}${imaginary.startsWith('-') ? '' : '+'}${short(imaginary)}j)`;
}

/** Numbers of so many bytes each, the most significant first. */
function unpack(data: Uint8Array | null, sizes: readonly number[]): number[] | null {
  if (data?.length !== sizes.reduce((sum, size) => sum + size, 0)) return null;
  let at = 0;
  return sizes.map((size) => {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + data[at++]!;
    return value;
  });
}

function numbers(name: string, data: Uint8Array | null, sizes: readonly number[]): string | null {
  const values = unpack(data, sizes);
  return values === null ? null : `${name}(${values.join(', ')})`;
}

function dateTime(data: Value | undefined, zone: Value | undefined): string | null {
  const values = unpack(bytesOf(data), [2, 1, 1, 1, 1, 1, 3]);
  if (values === null) return null;
  // Bit 7 of the month is `fold`.
  values[1] = values[1]! & 127;
  if (values[6] === 0) values.pop();
  if (values[5] === 0 && values.length === 6) values.pop();
  return `datetime(${values.join(', ')}${zone === undefined ? '' : `, tzinfo=${render(zone, 80)}`})`;
}

function clockTime(data: Value | undefined, zone: Value | undefined): string | null {
  const values = unpack(bytesOf(data), [1, 1, 1, 3]);
  if (values === null) return null;
  values[0] = values[0]! & 127;
  if (values[3] === 0) values.pop();
  return `time(${values.join(', ')}${zone === undefined ? '' : `, tzinfo=${render(zone, 80)}`})`;
}

/** Arguments by name, those that are 0 left out. */
function named(name: string, names: readonly string[], args: readonly Value[]): string {
  const parts = args.map((arg, i) => [names[i] ?? '', render(arg, 30)] as const).filter(([, text]) => text !== '0');
  return parts.length === 0 ? `${name}(0)` : `${name}(${parts.map(([key, text]) => `${key}=${text}`).join(', ')})`;
}

function path({ name, args }: Call): string | null {
  if (!args.every((part) => part instanceof Text && part.raw !== null)) return null;
  const [first = '.', ...rest] = args.map((part) => (part as Text).raw ?? '');
  return `${name}('${[first.endsWith('/') ? first.slice(0, -1) : first, ...rest].join('/') || '/'}')`;
}

const KINDS: Readonly<Record<string, string>> = { f: 'float', i: 'int', u: 'uint', c: 'complex' };

/** `f8` is float64, as numpy prints it; `V12` with its fields. */
function typeName(type: Value | undefined): string {
  const [code] = type instanceof Call ? type.args : [];
  if (!(type instanceof Call) || !(code instanceof Text)) return '…';
  const short = (code.raw ?? code.text).replace(/^[<>|=]/, '');
  if (short === 'b1') return 'bool';
  if (short === 'O8') return 'object';
  const [, kind = '', size = ''] = /^([fiuc])(\d+)$/.exec(short) ?? [];
  if (kind !== '') return `${KINDS[kind]}${Number(size) * 8}`;
  const fields = type.state instanceof Many ? type.state.items[3] : undefined;
  if (fields instanceof Many) return `${short}${render(fields, 60)}`;
  return short.startsWith('V') && !(fields instanceof Text && fields.text === 'None') ? `${short}…` : short;
}

function array(shape: Value | undefined, type: Value | undefined): string {
  return `ndarray(${shapeText(shape)}, ${typeName(type)})`;
}

/** One that is not yet a tuple is not all there. */
function shapeText(shape: Value | undefined): string {
  return shape instanceof Many ? render(shape, 60) : '…';
}

function scalarText(type: Value | undefined, data: Value | undefined): string | null {
  const name = typeName(type);
  const bytes = bytesOf(data);
  if (bytes === null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const big = type instanceof Call && type.state instanceof Many && type.state.items[1] instanceof Text && type.state.items[1].raw === '>';
  const read = scalarReaders[name];
  if (read === undefined || Number(/\d+$/.exec(name)?.[0] ?? 8) / 8 !== bytes.length) return `${name}(…)`;
  return `${name}(${read(view, !big)})`;
}

const scalarReaders: Readonly<Record<string, ((view: DataView, little: boolean) => string) | undefined>> = {
  // Seven digits are all that it holds.
  float32: (view, little) => String(Number(view.getFloat32(0, little).toPrecision(7))),
  float64: (view, little) => String(view.getFloat64(0, little)),
  int8: (view) => String(view.getInt8(0)),
  int16: (view, little) => String(view.getInt16(0, little)),
  int32: (view, little) => String(view.getInt32(0, little)),
  int64: (view, little) => String(view.getBigInt64(0, little)),
  uint8: (view) => String(view.getUint8(0)),
  uint16: (view, little) => String(view.getUint16(0, little)),
  uint32: (view, little) => String(view.getUint32(0, little)),
  uint64: (view, little) => String(view.getBigUint64(0, little)),
  bool: (view) => (view.getUint8(0) === 0 ? 'False' : 'True'),
};

const STORAGES: Readonly<Record<string, string>> = {
  Float: 'float32', Double: 'float64', Half: 'float16', BFloat16: 'bfloat16', Long: 'int64', Int: 'int32', Short: 'int16', Char: 'int8', Byte: 'uint8', Bool: 'bool', ComplexFloat: 'complex64', ComplexDouble: 'complex128',
};

/** The storage is a file within the pickle, and its type a name in it; the shape comes behind. */
function tensor({ args: [storage, , shape] }: Call): string {
  const data = storage instanceof Call ? bytesOf(storage.args[0]) : null;
  const [, kind = ''] = /(\w+)Storage/.exec(data === null ? '' : String.fromCharCode(...data.subarray(0, 1000))) ?? [];
  // The length of the name stands before it and may be a letter.
  const found = Object.keys(STORAGES).filter((name) => kind.endsWith(name)).sort((a, b) => b.length - a.length)[0];
  return tensorText(shape, found === undefined ? '…' : (STORAGES[found] ?? '…'));
}

function tensorText(shape: Value | undefined, type: string): string {
  const size = shape instanceof Call && shape.name === 'Size' ? shape.args[0] : shape;
  return `tensor(${shapeText(size)}, ${type})`;
}
