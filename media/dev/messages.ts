/** Made-up messages for the development page: as many as are wanted, each made when it is looked at. */
import type { FlowQuery, FlowReply, MessageFilter, MessageQuery, MessageReply } from '../../src/protocol/message-query.js';
import type { ChannelRow, MessageRow, SourceRef } from '../../src/protocol/view.js';

const FILE = '/ada/photos/pipeline.py';
const at = (line: number, fn: string): SourceRef => ({ file: FILE, line, function: fn });

/** The same for the same number. */
function random(n: number): number {
  let x = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
}

/** Those of `results` that nobody reads. */
const LEFT = 1204;

export class MadeMessages {
  private readonly begunMs: number;

  constructor(
    private readonly nowMs: () => number,
    private readonly count: number | null,
    private readonly live: boolean,
  ) {
    this.begunMs = nowMs();
  }

  private total(channel: string): number {
    if (channel === 'c4') return 12;
    if (channel === 'c3') return 0;
    const more = this.live && channel === 'c1' ? Math.round((this.nowMs() - this.begunMs) * 0.41) : 0;
    return (this.count ?? (channel === 'c2' ? 11_040 : 20_112)) + more;
  }

  private row(channel: string, index: number, total: number): MessageRow {
    const end = channel === 'c2' ? 9020 : this.begunMs;
    const put = 400 + ((end - 440) * index) / Math.max(1, this.total(channel) === total ? total : total);
    const [a, b, c] = [random(index), random(index + 1e6), random(index + 2e6)];
    const frames = a > 0.55;
    const late = channel === 'c2' ? index >= total - LEFT : index >= total - 3;
    const buffered = 0.05 + b * b * 4;
    const latencyMs = buffered + 0.4 + (c > 0.98 ? 180 * c : 2 * c);
    const control = channel === 'c4';
    const way = control && index % 2 === 1 ? 1 : 0;
    return {
      id: `p0-${index}`, index, state: late ? (channel === 'c2' ? 'undelivered' : 'flight') : 'received', direction: way,
      from: control ? (way === 0 ? 'p1' : 'p4') : frames ? 'p3' : 'p4', to: late ? null : control && way === 0 ? 'p4' : 'p1',
      putMs: control ? null : put, sentMs: put + buffered, writtenMs: put + buffered + 0.02 + b * 0.1, readMs: late ? null : put + latencyMs - c * 2, receivedMs: late ? null : put + latencyMs, latencyMs: late ? null : latencyMs,
      bytes: frames ? 4_198 + Math.round(b * 60_000) : 212,
      preview: frames ? `{'frame': ${index}, 'tiles': ndarray((4, 256, 256), float32), 'camera': Camera(name='north', fov=${(40 + c * 30).toFixed(1)})}` : `('ok', ${index - 2}, ${(c * 0.02).toFixed(4)})`,
      putWhere: frames ? at(33, 'produce') : at(54, 'consume'), getWhere: late ? null : at(90, 'main'),
    };
  }

  answer({ channel, serial, filter, order, upTo, first, count }: MessageQuery): MessageReply {
    const total = this.total(channel);
    const found = filter === null ? null : this.search(channel, total, filter);
    const matching = found?.length ?? total;
    const length = Math.min(upTo ?? Infinity, matching);
    const rows: MessageRow[] = [];
    for (let i = first; i < Math.min(length, first + count); i++) {
      const place = order === 'oldest' ? i : length - 1 - i;
      rows.push(this.row(channel, found?.[place] ?? place, total));
    }
    return { channel, serial, total, matching, searched: null, senders: ['p3', 'p4'], receivers: ['p1'], first, rows };
  }

  private search(channel: string, total: number, filter: MessageFilter): number[] {
    const found: number[] = [];
    const text = filter.text.toLowerCase();
    for (let i = 0; i < total; i++) {
      const row = this.row(channel, i, total);
      if (text !== '' && !`${row.preview} ${row.putWhere?.function}`.toLowerCase().includes(text)) continue;
      if (filter.from !== null && row.from !== filter.from) continue;
      if (filter.to !== null && row.to !== filter.to) continue;
      if (filter.state !== null && row.state !== filter.state) continue;
      if (filter.direction !== null && row.direction !== filter.direction) continue;
      if (filter.minBytes !== null && (row.bytes ?? 0) < filter.minBytes) continue;
      if (filter.minLatencyMs !== null && (row.latencyMs ?? Infinity) < filter.minLatencyMs) continue;
      found.push(i);
    }
    return found;
  }

  flow({ channel, columns }: FlowQuery, row: ChannelRow | undefined): FlowReply {
    const toMs = this.nowMs();
    let stepMs = 1;
    while (toMs / stepMs >= columns) stepMs *= 2;
    const depth = row?.depthHistory ?? [];
    const count = Math.floor(toMs / stepMs) + 1;
    const way = { depthMin: [] as number[], depthMax: [] as number[], entered: [] as number[], left: [] as number[] };
    for (let i = 0; i < count; i++) {
      const x = (i / count) * Math.max(0, depth.length - 1);
      const base = (depth[Math.floor(x)] ?? 0) + ((depth[Math.ceil(x)] ?? 0) - (depth[Math.floor(x)] ?? 0)) * (x % 1);
      const most = Math.min(row?.maxsize ?? Infinity, Math.round(base * (1 + random(i) * 0.16)));
      way.depthMax.push(most);
      way.depthMin.push(Math.round(most * (0.72 + random(i + 7) * 0.2)));
      const busy = channel === 'c2' && i > count * 0.72 ? 0 : 1;
      way.entered.push(depth.length === 0 ? 0 : Math.round(busy * stepMs * (0.3 + 0.25 * Math.sin(i / 17) ** 2 + random(i + 3) * 0.1)));
      way.left.push(depth.length === 0 ? 0 : Math.round(busy * stepMs * (0.26 + 0.2 * Math.sin(i / 19 + 1) ** 2 + random(i + 5) * 0.1)));
    }
    const spread = row?.latencyMs ?? null;
    const bars = spread === null ? 0 : Math.ceil(Math.log(spread.max / (spread.p50 / 8)) / Math.log(Math.SQRT2));
    const peak = 6;
    const counts = Array.from({ length: bars }, (_, i) => Math.round(9000 * Math.exp(-((i - peak) ** 2) / (i < peak ? 6 : 14)) + (i === bars - 1 ? 2 : random(i) * 4)));
    return { channel, fromMs: 0, stepMs, toMs, ways: [way], countedFromMs: null, latency: spread === null ? null : { fromMs: spread.p50 / 8, counts, spread } };
  }
}
