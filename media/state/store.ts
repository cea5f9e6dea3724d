/**
 * What the page knows: a signal a row, so that a delta redraws the rows it names and no others. Rows come whole and by key;
 * nothing is ever removed but findings.
 */
import { batch, computed, signal, type Signal } from '@preact/signals';
import type { ChannelRow, Delta, FindingRow, LaneReply, MessageRow, ProcessRow, RunRow, Snapshot, Totals } from '../../src/protocol/view.js';

export type Messages = { readonly channel: string; readonly total: number; readonly rows: readonly MessageRow[] };

const NO_TOTALS: Totals = {
  processes: 0, alive: 0, zombies: 0, orphans: 0, messages: 0, messagesPerSecond: 0, records: 0, dropped: 0,
  countedOnly: 0, uninstrumented: 0, journalBytes: 0, budgetBytes: null,
};

export class Store {
  readonly processes = new Map<string, Signal<ProcessRow>>();
  readonly channels = new Map<string, Signal<ChannelRow>>();
  readonly run = signal<RunRow | null>(null);
  readonly totals = signal<Totals>(NO_TOTALS);
  readonly findings = signal<readonly FindingRow[]>([]);
  /** Changes when a row comes, or a row's place in the tree or its name changes: what the order of rows depends on. */
  readonly shape = signal(0);
  readonly channelKeys = signal<readonly string[]>([]);
  /** Changes with every delta: for what depends on all rows (filters, sums). */
  readonly version = signal(0);
  readonly lanes = signal<LaneReply | null>(null);
  readonly messages = signal<Messages | null>(null);
  readonly live = signal(false);
  readonly failed = signal<string | null>(null);

  /** Worst finding of each process. */
  readonly findingOf = computed(() => {
    const worst = new Map<string, FindingRow>();
    for (const finding of sortFindings(this.findings.value)) {
      if (finding.process !== null && !worst.has(finding.process)) worst.set(finding.process, finding);
    }
    return worst;
  });

  readonly findingOfChannel = computed(() => {
    const worst = new Map<string, FindingRow>();
    for (const finding of sortFindings(this.findings.value)) {
      if (finding.channel !== null && !worst.has(finding.channel)) worst.set(finding.channel, finding);
    }
    return worst;
  });

  snapshot(snapshot: Snapshot): void {
    batch(() => {
      // The page may outlive a run (run again in the same panel): rows of another run must not stay.
      if (this.run.peek()?.id !== snapshot.run.id) {
        this.processes.clear();
        this.channels.clear();
        this.lanes.value = null;
        this.messages.value = null;
        this.channelKeys.value = [];
      }
      this.run.value = snapshot.run;
      this.failed.value = null;
      this.#apply(snapshot.processes, snapshot.channels, snapshot.totals);
      this.findings.value = snapshot.findings;
      this.shape.value++;
    });
  }

  delta(delta: Delta): void {
    batch(() => {
      if (delta.run !== null) this.run.value = delta.run;
      this.#apply(delta.processes, delta.channels, delta.totals);
      if (delta.findings !== null) this.findings.value = delta.findings;
    });
  }

  #apply(processes: readonly ProcessRow[], channels: readonly ChannelRow[], totals: Totals): void {
    this.totals.value = totals;
    let moved = false;
    for (const row of processes) {
      const known = this.processes.get(row.key);
      if (known === undefined) {
        this.processes.set(row.key, signal(row));
        moved = true;
      } else {
        const before = known.peek();
        moved ||= before.parent !== row.parent || before.kind !== row.kind || before.name !== row.name || before.startedMs !== row.startedMs;
        known.value = row;
      }
    }
    let more = false;
    for (const row of channels) {
      const known = this.channels.get(row.key);
      if (known === undefined) {
        this.channels.set(row.key, signal(row));
        more = true;
      } else known.value = row;
    }
    if (more) this.channelKeys.value = [...this.channels.keys()].sort(byKey);
    if (moved) this.shape.value++;
    this.version.value++;
  }
}

/** `p2` before `p10`. */
export function byKey(a: string, b: string): number {
  return Number(a.slice(1)) - Number(b.slice(1)) || (a < b ? -1 : a > b ? 1 : 0);
}

const WORST: Readonly<Record<FindingRow['severity'], number>> = { error: 0, warning: 1, info: 2 };

/** Worst first: severity, then certain before likely, then the older. */
export function sortFindings(rows: readonly FindingRow[]): readonly FindingRow[] {
  return [...rows].sort(
    (a, b) =>
      WORST[a.severity] - WORST[b.severity] ||
      Number(b.certain) - Number(a.certain) ||
      (a.sinceMs ?? Infinity) - (b.sinceMs ?? Infinity) ||
      (a.key < b.key ? -1 : 1),
  );
}

export const store = new Store();
