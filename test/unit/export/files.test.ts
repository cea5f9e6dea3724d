/** The command line's exports, and what is in the tables and the trees. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { csvFiles } from '../../../src/export/csv.js';
import { escaped, treeJson, treeMermaid, treeText } from '../../../src/export/trees.js';
import type { Model } from '../../../src/model/index.js';
import type { ProcessRow, Snapshot } from '../../../src/protocol/view.js';
import { Cli } from '../cli/cli.js';
import { modelOf, recordingOf } from './recorded.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });
const cli = Cli.forTests();

/** Names with all that means something in a table, a diagram or a line. */
const HOSTILE = 'a "quoted", <b>worker</b>\\n%%{init: {"theme":"x"}}%% `c` [x] #1; |y|';
const SCRIPT = `
import multiprocessing as mp, time, sys

def work(jobs, done):
    while (n := jobs.get()) is not None:
        time.sleep(0.005)
        done.put('comma, "quote"\\nline ' + str(n))

if __name__ == '__main__':
    mp.set_start_method('fork')
    jobs = mp.Queue()
    done = mp.Queue()
    p = mp.Process(target=work, args=(jobs, done), name=${JSON.stringify(HOSTILE)}, daemon=True)
    p.start()
    for n in range(20): jobs.put(n)
    jobs.put(None)
    for _ in range(20): done.get()
    p.join()
    with mp.Pool(2) as pool:
        pool.map(abs, range(8), chunksize=2)
`;

let recording: string;
let model: Model;
let snapshot: Snapshot;
beforeAll(async () => {
  recording = await recordingOf(cli, cli.script('hostile.py', SCRIPT));
  model = await modelOf(recording);
  snapshot = model.snapshot();
});

/** A reader of RFC 4180 that knows nothing of the writer. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let value = '';
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (text[at] === '"' && text[at + 1] === '"') value += text.charAt(at++);
        else if (text[at] === '"') break;
        else value += text[at] ?? '';
      }
      at++;
    } else while (at < text.length && text[at] !== ',' && text[at] !== '\r') value += text.charAt(at++);
    row.push(value);
    if (text[at] === ',') at++;
    else {
      expect(text.slice(at, at + 2)).toBe('\r\n');
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

function table(name: string): Record<string, string>[] {
  const file = csvFiles(model).find((one) => one.name === name);
  const [header, ...rows] = parseCsv([...file!.chunks].join(''));
  return rows.map((row) => {
    expect(row).toHaveLength(header!.length);
    return Object.fromEntries(row.map((value, i): [string, string] => [header?.[i] ?? '', value]));
  });
}

describe('the tables', () => {
  it('hold every process, channel and lock of the run, names as the script gave them', () => {
    expect(table('processes.csv').map(({ key, name, pid }) => [key, name, Number(pid)])).toEqual(snapshot.processes.map(({ key, name, pid }) => [key, name, pid]));
    expect(table('processes.csv').some(({ name, daemon, exit_code }) => name === HOSTILE && daemon === 'true' && exit_code === '0')).toBe(true);
    expect(table('channels.csv')).toHaveLength(snapshot.channels.length);
    expect(table('locks.csv')).toHaveLength(snapshot.locks.length);
  });

  it('hold every message, as the list of its channel does', () => {
    const rows = table('messages.csv');
    for (const channel of snapshot.channels.filter(({ duplex }) => duplex !== true)) {
      const listed = model.messages(channel.key, 10_000).rows;
      const own = rows.filter(({ channel_key }) => channel_key === channel.key);
      expect(own).toHaveLength(listed.length);
      expect(own.map(({ from_key, to_key, bytes }) => [from_key, to_key, bytes])).toEqual(listed.map(({ from, to, bytes }) => [from ?? '', to ?? '', bytes === null ? '' : String(bytes)]));
      own.forEach(({ put_ms, received_ms, preview }, i) => {
        expect(Number(put_ms)).toBeCloseTo(listed[i]!.putMs ?? 0, 5);
        expect(Number(received_ms)).toBeCloseTo(listed[i]!.receivedMs ?? 0, 5);
        expect(preview).toBe(listed[i]!.preview ?? '');
      });
    }
    expect(rows.filter(({ channel }) => channel === 'done')).toHaveLength(20);
  });

  it('hold every task, and waits with what they were for and their line', () => {
    expect(table('tasks.csv').map(({ outcome, items }) => [outcome, items])).toEqual(Array.from({ length: 4 }, () => ['ok', '2']));
    const waits = table('waits.csv').filter(({ about, kind }) => about === 'done' && kind === 'queue');
    expect(waits.length).toBeGreaterThan(5);
    expect(waits.every(({ file, line }) => file!.endsWith('hostile.py') && line === '17')).toBe(true);
    expect(waits.every(({ from_ms, to_ms, duration_ms }) => Math.abs(Number(to_ms) - Number(from_ms) - Number(duration_ms)) < 0.001)).toBe(true);
  });
});

describe('the diagram', () => {
  it('has a node a process and an arrow a child', () => {
    const text = treeMermaid(snapshot);
    expect(text.split('\n')[0]).toBe('flowchart TD');
    expect(text.match(/^ {2}p\d+\["/gm)).toHaveLength(snapshot.processes.length);
    expect(text.match(/^ {2}p\d+ -->/gm)).toHaveLength(snapshot.processes.filter(({ parent }) => parent !== null).length);
    expect(text).toContain('exited 0');
    expect(text).toContain('daemon');
  });

  it('lets no name of the script end a label or speak to Mermaid', () => {
    for (const line of treeMermaid(snapshot).split('\n')) {
      const label = /\["(.*)"\]:::\w+$/.exec(line)?.[1];
      if (label !== undefined) expect(label.replaceAll('<br/>', '')).toMatch(/^[^"<>`%[\]{}|]*$/);
    }
    expect(escaped('a"b')).toBe('a#34;b');
    expect(escaped('%%{init}%%')).not.toMatch(/[%{}]/);
    expect(escaped('1. one')).toBe('#49;. one');
    expect(escaped('__x__ *y* 工人')).toBe('#95;#95;x#95;#95; #42;y#42; 工人');
  });

  it('shows zombies, orphans and what a process waits in', () => {
    const row = (over: Partial<ProcessRow>): ProcessRow => ({ ...snapshot.processes[0]!, endedMs: null, blocked: [], ...over });
    const text = treeMermaid({
      ...snapshot,
      processes: [
        row({ key: 'p1', state: 'exited', endedMs: 5, exitCode: 0 }),
        row({ key: 'p2', parent: 'p1', state: 'zombie', exitCode: -9, signal: 'SIGKILL' }),
        row({ key: 'p3', parent: 'p1', state: 'orphan', startMethod: 'spawn' }),
        row({ key: 'p4', parent: 'p1', state: 'blocked', blocked: [{ op: 'get', sinceMs: 1, untilMs: null, channel: snapshot.channels[0]!.key, object: null, process: null, thread: null, where: null }] }),
      ],
    });
    expect(text).toMatch(/p2\[".*zombie, ended by SIGKILL #40;#45;9#41;"\]:::zombie|p2\[".*zombie, ended by SIGKILL \(-9\)"\]:::zombie/);
    expect(text).toContain(':::orphan');
    expect(text).toContain('p1 -.->|"spawn, orphaned"| p3');
    expect(text).toMatch(/p4\[".*blocked in get on jobs"\]:::blocked/);
    expect(text).toContain('classDef zombie');
  });
});

describe('the tree', () => {
  it('as JSON is the same at each look, parents first', () => {
    const text = treeJson(snapshot);
    expect(treeJson(model.snapshot())).toBe(text);
    const { schema, processes } = JSON.parse(text) as { schema: string; processes: { key: string; parent: string | null; name: string }[] };
    expect(schema).toBe('procession-tree/1');
    expect(processes).toHaveLength(snapshot.processes.length);
    for (const [i, { parent }] of processes.entries()) if (parent !== null) expect(processes.findIndex(({ key }) => key === parent)).toBeLessThan(i);
  });

  it('as text is a line a process, with no colour in it', () => {
    const lines = treeText(snapshot).split('\n').filter((line) => line !== '');
    expect(lines).toHaveLength(snapshot.processes.length + 2);
    expect(lines.join('')).not.toContain('\u001b');
  });
});

describe('procession export', () => {
  it('writes each format, and replaces nothing without --force', async () => {
    for (const [format, to] of [['perfetto', 'trace.json'], ['mermaid', 'tree.mmd'], ['text', 'run.txt'], ['json', 'tree.json'], ['csv', 'tables/deep']] as const) {
      const done = await cli.run(['export', recording, '--to', to, '--format', format]);
      expect([format, done.status, done.stdout.toString(), done.stderr]).toEqual([format, 0, '', '']);
    }
    const trace = JSON.parse(readFileSync(join(cli.folder, 'trace.json'), 'utf8')) as { traceEvents: unknown[] };
    expect(trace.traceEvents.length).toBeGreaterThan(100);
    expect(readFileSync(join(cli.folder, 'tree.mmd'), 'utf8')).toBe(treeMermaid(snapshot));
    expect(readFileSync(join(cli.folder, 'tables/deep/processes.csv'), 'utf8')).toContain(HOSTILE.replaceAll('"', '""'));
    const again = await cli.run(['export', recording, '--to', 'trace.json', '--format', 'perfetto']);
    expect([again.status, again.stderr]).toEqual([73, 'procession: trace.json is there already: --force replaces it.\n']);
    writeFileSync(join(cli.folder, 'tables/deep/processes.csv'), 'mine');
    const tables = await cli.run(['export', recording, '--to', 'tables/deep', '--format', 'csv']);
    expect([tables.status, readFileSync(join(cli.folder, 'tables/deep/processes.csv'), 'utf8')]).toEqual([73, 'mine']);
    const forced = await cli.run(['export', recording, '--to', 'tables/deep', '--format', 'csv', '--force']);
    expect([forced.status, readFileSync(join(cli.folder, 'tables/deep/processes.csv'), 'utf8')]).not.toContain('mine');
  });

  it('writes to standard output, and says what it cannot do', async () => {
    const text = await cli.run(['export', recording, '--to', '-', '--format', 'json']);
    expect([text.status, text.stdout.toString()]).toEqual([0, treeJson(snapshot)]);
    mkdirSync(join(cli.folder, 'a folder'));
    for (const [args, status, words] of [
      [[recording, '--to', '-', '--format', 'csv'], 64, /folder of files/],
      [[recording, '--to', 'x', '--format', 'pdf'], 64, /Allowed choices are perfetto, csv, mermaid, text, json/],
      [[recording, '--format', 'csv'], 64, /--to/],
      [['missing.procession', '--to', 'x', '--format', 'csv'], 66, /missing\.procession/],
      [[recording, '--to', 'a folder', '--format', 'perfetto', '--force'], 73, /it is a folder/],
      [[recording, '--to', 'nowhere/trace.json', '--format', 'perfetto'], 73, /nowhere\/trace\.json cannot be written/],
    ] as const) {
      const done = await cli.run(['export', ...args]);
      expect([args, done.status]).toEqual([args, status]);
      expect(done.stderr).toMatch(words);
    }
    expect(existsSync(join(cli.folder, 'x'))).toBe(false);
  });
});
