import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processMatches, type Around } from '../../../media/processes/matching.js';
import { asksFor, parseQuery, quoted, toggleTerm } from '../../../media/state/query.js';
import type { Blocked, ProcessRow } from '../../../src/protocol/view.js';
import { findingRow, namesOf, processRow } from './rows.js';

describe('the language of the filter', () => {
  it('takes plain words, in lower case, one by one', () => {
    expect(parseQuery('  Consumer  jobs ')).toEqual([{ field: null, values: ['consumer'], not: false }, { field: null, values: ['jobs'], not: false }]);
    expect(parseQuery('   ')).toEqual([]);
  });

  it('takes fields, their other names, several values and exclusion', () => {
    expect(parseQuery('state:zombie,orphan -Daemon:yes lock:L1')).toEqual([
      { field: 'state', values: ['zombie', 'orphan'], not: false }, { field: 'daemon', values: ['yes'], not: true }, { field: 'object', values: ['l1'], not: false },
    ]);
  });

  it('keeps together what is quoted, where colon, comma and minus are letters', () => {
    expect(parseQuery('channel:"my, jobs" "-9" "state:x"')).toEqual([
      { field: 'channel', values: ['my, jobs'], not: false }, { field: null, values: ['-9'], not: false }, { field: null, values: ['state:x'], not: false },
    ]);
  });

  it('takes what is no field as a word: an address, a path', () => {
    expect(parseQuery('localhost:5000')).toEqual([{ field: null, values: ['localhost:5000'], not: false }]);
  });

  it('asks for nothing while a field or a quote is being typed', () => {
    expect(parseQuery('state:')).toEqual([]);
    expect(parseQuery('"')).toEqual([]);
    expect(parseQuery('"my jo')).toEqual([{ field: null, values: ['my jo'], not: false }]);
  });

  it('adds a term and takes it away again, leaving the rest as it was', () => {
    expect(toggleTerm('', 'state:alive')).toBe('state:alive');
    expect(toggleTerm('jobs', 'state:alive')).toBe('jobs state:alive');
    expect(toggleTerm('jobs State:Alive x', 'state:alive')).toBe('jobs x');
    expect(asksFor('a state:alive', 'state:alive')).toBe(true);
    expect(asksFor('a -state:alive', 'state:alive')).toBe(false);
  });

  it('is taken away by the chip as a term, and nothing else is touched', () => {
    expect(toggleTerm('name:"a  state:alive b" state:alive x', 'state:alive')).toBe('name:"a  state:alive b" x');
    // In quotes it is a word, which no chip asks for.
    expect(asksFor('"state:alive"', 'state:alive')).toBe(false);
    expect(toggleTerm('"state:alive"', 'state:alive')).toBe('"state:alive" state:alive');
    expect(toggleTerm('STATE:alive', 'state:alive')).toBe('');
    // A quote that is not closed yet must not swallow it.
    expect(parseQuery(toggleTerm('name:"main', 'state:alive'))).toEqual(parseQuery('name:main state:alive'));
  });

  it('finds any name by its quoted form, whatever stands in it', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }).filter((s) => !s.includes('"') && s.trim() !== ''), (name) => {
      expect(parseQuery(`channel:${quoted(name)}`)).toEqual([{ field: 'channel', values: [name.toLowerCase()], not: false }]);
    }));
  });
});

describe('what a filter finds', () => {
  const blocked: Blocked = { op: 'get', sinceMs: 0, untilMs: null, channel: 'c1', object: null, process: null, thread: null, where: { file: '/a.py', line: 3, function: 'consume' } };
  const around: Around = {
    names: namesOf({ process: (key) => (key === 'p1' ? 'MainProcess' : key), channel: () => 'jobs', servesPool: (process) => process === 'p5' }),
    channels: (process) => (process === 'p2' ? 'jobs\nresults' : ''),
    objects: (process) => (process === 'p3' ? 'write_lock' : ''),
    finding: (process) => (process === 'p3' ? findingRow('f', { rule: 'zombie', severity: 'warning' }) : undefined),
  };
  const all: readonly ProcessRow[] = [
    processRow('p1', { startMethod: null, argv: ['python3', 'run.py'] }),
    processRow('p2', { name: 'consumer', target: 'm.work', daemon: true, state: 'blocked', blocked: [blocked] }),
    processRow('p3', { name: 'checker', state: 'zombie', endedMs: 9, exitCode: 1, exception: { type: 'ValueError', message: 'no tiles', traceback: '' } }),
    processRow('p4', { name: 'loader', state: 'signaled', endedMs: 9, exitCode: -9, signal: 'SIGKILL', startMethod: 'spawn' }),
    processRow('p5', { name: 'ForkPoolWorker-1', kind: 'pool-worker', state: 'blocked', blocked: [blocked], parent: 'p1' }),
  ];
  const finds = (query: string): string => all.filter((row) => processMatches(row, parseQuery(query), around)).map((row) => row.key).join(' ');

  it.each([
    ['checker', 'p3'], ['1002', 'p2'], ['results', 'p2'], ['write_lock', 'p3'], ['tiles', 'p3'], ['run.py', 'p1'], ['sigkill', 'p4'], ['daemon', 'p2'], ['m.work jobs', 'p2'],
    ['pid:1002', 'p2'], ['pid:100', ''], ['pid:1001,1004', 'p1 p4'],
    ['state:blocked', 'p2'], ['state:idle', 'p5'], ['state:alive', 'p1 p2 p5'], ['state:ended', 'p3 p4'], ['state:zombie,signaled', 'p3 p4'], ['state:failed', 'p3 p4'],
    ['kind:pool-worker', 'p5'], ['kind:worker', 'p5'], ['method:spawn', 'p4'], ['daemon:yes', 'p2'], ['daemon:no -state:ended', 'p1 p5'],
    ['channel:jobs', 'p2'], ['object:write', 'p3'], ['function:work', 'p2'], ['function:consume', 'p2 p5'], ['parent:main', 'p2 p3 p4 p5'],
    ['exit:1', 'p3'], ['exit:-9', 'p4'], ['exit:\u22129', 'p4'], ['signal:SIGKILL', 'p4'], ['signal:kill', 'p4'], ['signal:sigterm', ''],
    ['finding:yes', 'p3'], ['finding:no', 'p1 p2 p4 p5'], ['finding:warning', 'p3'], ['finding:zomb', 'p3'], ['finding:error', ''],
    ['-state:ended', 'p1 p2 p5'], ['-checker state:ended', 'p4'], ['name:er kind:process', 'p2 p3 p4'],
  ])('%s', (query, found) => {
    expect(finds(query)).toBe(found);
  });
});
