/** Everything that is known of what was chosen last: a process, or a lock, pool, segment or shared object. */
import type { VNode } from 'preact';
import { alive, asleepWords, ending, heldBy, kindWords, operation, reasonWords, stateWords } from '../../src/model/words.js';
import type { ProcessRow, SourceRef } from '../../src/protocol/view.js';
import { ObjectDetails } from '../objects/details.js';
import { canSignal, signalProcess } from '../processes/actions.js';
import { reveal } from '../processes/tree-state.js';
import { choices } from '../state/choices.js';
import { nowFor } from '../state/clock.js';
import { bytes, duration, kibibytes, latency, moment, percent } from '../state/format.js';
import { integer, t } from '../state/l10n.js';
import { names, objectOf } from '../state/names.js';
import { store } from '../state/store.js';
import { Button } from '../ui/controls.js';
import { Fact } from '../ui/fact.js';
import { Mark } from '../ui/icons.js';
import { KeyLink } from '../ui/key-link.js';
import { SourceLink } from '../ui/source-link.js';
import { stopComparing } from '../processes/compare.js';
import { FindingsAbout, ProcessLinks } from './about.js';
import { hasChain, WaitChain } from './chain.js';
import { ChannelDetails } from './channel.js';
import { Comparison, waitReason } from './compare.js';
import { RunFacts } from './run.js';
import { StacksButton, StacksSection } from './stacks.js';

export function Details(): VNode {
  const { arrows } = choices;
  const object = arrows.value === 'object' && choices.object.value !== null ? objectOf(choices.object.value) : undefined;
  if (object !== undefined) return <ObjectDetails row={object} />;
  const channel = arrows.value === 'channel' && choices.channel.value !== null ? store.channels.get(choices.channel.value)?.value : undefined;
  return channel === undefined ? <ProcessDetails /> : <ChannelDetails row={channel} />;
}

function ProcessDetails(): VNode {
  const key = choices.process.value;
  const row = key === null ? undefined : store.processes.get(key)?.value;
  if (row === undefined) {
    return (
      <div class="details" tabIndex={0} role="region" aria-label={t('Details')}>
        <NoneChosen />
        <RunFacts />
      </div>
    );
  }
  const held = choices.tree.value.compare;
  const other = held === null ? undefined : store.processes.get(held)?.value;
  return (
    <div class="details" tabIndex={0} role="region" aria-label={t('Details of {0}', row.name)}>
      {other === undefined ? null : other.key === row.key ? <OneOfTwo /> : <Comparison a={row} b={other} />}
      <Title row={row} />
      <WaitChain process={row.key} />
      <FindingsAbout of={row.key} />
      {row.blocked.length === 0 || (row.blocked.length === 1 && hasChain(row.key)) ? null : <Waits row={row} />}
      <div class="columns">
        <dl>
          <Identity row={row} />
        </dl>
        <dl>
          <Life row={row} />
        </dl>
        <dl>
          <ProcessLinks row={row} />
        </dl>
      </div>
      <StacksSection row={row} />
      {row.exception === null ? null : <Traceback text={row.exception.traceback} title={`${row.exception.type}: ${row.exception.message}`} />}
      {row.kind === 'main' ? <RunFacts /> : null}
    </div>
  );
}

function NoneChosen(): VNode {
  void store.shape.value;
  const [first] = store.processes.values();
  const main = first?.value;
  return (
    <div class="empty">
      <p class="dim">{t('Choose a process to see all that is known of it.')}</p>
      {main === undefined ? null : <Button look="secondary" onPress={() => reveal(main.key)}>{t('Show {0}', main.name)}</Button>}
    </div>
  );
}

/** The held one is the chosen one: another is to be chosen now. */
function OneOfTwo(): VNode {
  return (
    <p class="held">
      {t('It is held for comparison: choose another process to see both side by side.')}{' '}
      <button type="button" class="link" onClick={stopComparing}>{t('Stop comparing')}</button>
    </p>
  );
}

function Title({ row }: { readonly row: ProcessRow }): VNode {
  const words = stateWords(row, names, store.findingOf.value.get(row.key)?.severity ?? null);
  return (
    <div class="title">
      <h2>{row.name}</h2>
      <span class={`words tone-${words.tone}`}>
        <Mark shape={words.shape} />
        <span>{words.text}</span>
        {words.sinceMs === null ? null : <span class="since">{duration(nowFor(words.sinceMs) - words.sinceMs)}</span>}
      </span>
      <span class="grow" />
      <StacksButton row={row} />
      {canSignal(row) ? (
        <>
          <Button look="secondary" title="SIGINT" onPress={() => signalProcess(row.key, false, 'SIGINT')}>{t('Interrupt')}</Button>
          <Button look="secondary" title="SIGTERM" onPress={() => signalProcess(row.key, false, 'SIGTERM')}>{t('Terminate')}</Button>
          <Button look="secondary" title="SIGKILL" onPress={() => signalProcess(row.key, false, 'SIGKILL')}>{t('Kill')}</Button>
        </>
      ) : null}
    </div>
  );
}

function Identity({ row }: { readonly row: ProcessRow }): VNode {
  const parent = row.parent;
  const parentPid = parent === null ? null : (store.processes.get(parent)?.value.pid ?? null);
  return (
    <>
      <Fact name={t('PID')}><code>{row.pid}</code></Fact>
      <Fact name={t('Kind')}>{kindWords(row)}{row.startMethod === null ? '' : ` · ${row.startMethod}`}{row.daemon === true ? ` · ${t('daemon')}` : ''}</Fact>
      {row.target === null ? null : <Fact name={t('Runs')}><code>{row.target}</code></Fact>}
      {row.created === null ? null : <Fact name={t('Created at')}><SourceLink where={row.created} />{row.created.function === null ? '' : ` ${t('in {0}', row.created.function)}`}</Fact>}
      <Fact name={t('Started by')}>
        {parent === null ? t('nobody in this run') : <><KeyLink of={parent} /> ({t('PID {0}', parentPid ?? '?')})</>}
      </Fact>
      {row.osParent === null ? null : (
        <Fact name={t("The system's parent")}>
          {t('PID {0}', row.osParent)}
          {parentPid !== null && parentPid !== row.osParent ? <span class="dim"> · {osParentWords(row)}</span> : null}
        </Fact>
      )}
      {row.reason === null ? null : <Fact name={t('Not recorded because')}>{reasonWords(row.reason)}</Fact>}
      {row.python === null ? null : <Fact name={t('Python')}><code>{row.python}</code></Fact>}
      {row.argv === null ? null : <Fact name={t('Command line')}><code class="wrap">{row.argv.join(' ')}</code></Fact>}
    </>
  );
}

/** Why the two parents differ: the difference is information, not an error. */
function osParentWords(row: ProcessRow): string {
  if (row.startMethod === 'forkserver') return t('the fork server made it');
  if (row.orphanMs > 0 || row.state === 'orphan') return t('its parent is gone, this one took it over');
  return t('differs from who started it');
}

function Life({ row }: { readonly row: ProcessRow }): VNode {
  const end = ending(row);
  const living = alive(row);
  return (
    <>
      <Fact name={t('Started')}>{t('{0} s', moment(row.startedMs))}{living ? ` · ${t('for {0}', duration(nowFor(row.startedMs) - row.startedMs))}` : ''}</Fact>
      {row.endedMs === null ? null : <Fact name={t('Ended')}>{t('{0} s', moment(row.endedMs))} · {t('lived {0}', duration(row.endedMs - row.startedMs))}</Fact>}
      {end === null ? null : <Fact name={t('End')}>{end}<EndedBy row={row} />{row.endKnown === null ? null : <span class="dim"> · {knownWords(row.endKnown)}</span>}</Fact>}
      {row.zombieMs > 0 ? <Fact name={t('As a zombie')}>{duration(row.zombieMs)}</Fact> : null}
      {row.orphanMs > 0 ? <Fact name={t('As an orphan')}>{duration(row.orphanMs)}</Fact> : null}
      {row.cpu === null || !living ? null : <Fact name={t('CPU')}>{percent(row.cpu)}</Fact>}
      {row.rssKiB === null || !living ? null : <Fact name={t('Memory')}>{kibibytes(row.rssKiB)}</Fact>}
      {row.asleep === null ? null : (
        <Fact name={t('Sleeps in')}>
          {asleepWords(row.asleep)} · {duration(nowFor(row.asleep.sinceMs) - row.asleep.sinceMs)} <span class="dim">· {t('says the system')}: </span><code>{row.asleep.place}</code>
        </Fact>
      )}
      <Waited row={row} />
      {row.tasks === 0 ? null : <Fact name={t('Tasks')}>{integer(row.tasks)}</Fact>}
      <Fact name={t('Received')}>{t('{0} messages, {1}', integer(row.received), bytes(row.bytesReceived))}</Fact>
      <Fact name={t('Sent')}>{t('{0} messages, {1}', integer(row.sent), bytes(row.bytesSent))}</Fact>
    </>
  );
}

const REASONS = ['queue', 'pipe', 'join', 'lock', 'result', 'other'] as const;

function Waited({ row }: { readonly row: ProcessRow }): VNode | null {
  const said = REASONS.filter((reason) => row.blockedMs[reason] > 0).map((reason) => `${waitReason(reason)} ${latency(row.blockedMs[reason])}`);
  return said.length === 0 ? null : <Fact name={t('Waited')}>{said.join(' · ')}</Fact>;
}

function EndedBy({ row }: { readonly row: ProcessRow }): VNode | null {
  const by = row.endedBy;
  if (by === null) return null;
  const who = by.process;
  if (by.how === 'user') return <> · {t('by you, from here')}</>;
  if (by.how === 'itself') return <> · {t('it sent the signal to itself')}</>;
  if (by.how === 'parent-exit') return <> · {t('a daemon, ended as its parent left')}</>;
  return who === null ? null : <> · {t('by')} <KeyLink of={who} /></>;
}

function knownWords(how: 'reaped' | 'self' | 'vanished'): string {
  if (how === 'reaped') return t('its parent read the exit code');
  return how === 'self' ? t('it said so itself') : t('it merely vanished');
}

function Waits({ row }: { readonly row: ProcessRow }): VNode {
  return (
    <>
      <h3>{t('Waits')}</h3>
      <ul class="waits">
        {row.blocked.map((b, i) => {
          const { channel, object, process, where } = b;
          const held = heldBy(b, row.key, names);
          return (
            <li key={i}>
              <code>{operation(b, names)}</code> {t('for {0}', duration(nowFor(b.sinceMs) - b.sinceMs))}
              {b.untilMs === null ? null : ` · ${t('gives up at {0} s', moment(b.untilMs))}`}
              {b.thread === null ? null : ` · ${t('thread {0}', b.thread)}`}
              {held === null ? null : ` · ${held}`}
              {[channel, object, process].map((key) => (key === null ? null : <span key={key}> · <KeyLink of={key} /></span>))}
              {where === null ? null : <> · <SourceLink where={where} /></>}
            </li>
          );
        })}
      </ul>
    </>
  );
}

const FRAME = /^(\s*)File "([^"]+)", line (\d+)(?:, in (.+))?$/;

/** Python's own text, with its places as links. */
function Traceback({ title, text }: { readonly title: string; readonly text: string }): VNode {
  return (
    <>
      <h3 class="tone-bad">{title}</h3>
      <pre class="traceback">
        {text.split('\n').map((line, i) => {
          const match = FRAME.exec(line);
          if (match === null) return <span key={i}>{line}{'\n'}</span>;
          const where: SourceRef = { file: match[2] ?? '', line: Number(match[3]), function: match[4] ?? null };
          return <span key={i}>{match[1]}<SourceLink where={where}>{line.trim()}</SourceLink>{'\n'}</span>;
        })}
      </pre>
    </>
  );
}
