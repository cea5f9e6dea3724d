/** The lanes as a table, for those who do not see the drawing: the same rows and times, a little later. */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { LaneReply } from '../../src/protocol/view.js';
import { moment } from '../state/format.js';
import { handMoves } from '../state/hand.js';
import { integer, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { spanWords, taskWords } from './hit.js';

/** A table that changes twenty times a second cannot be read aloud, and would cost as much as the tree; while a hand moves, it costs a frame. */
const EVERY_MS = 2000;
const MOST_SPANS = 12;

const told = signal<LaneReply | null>(null);

export function LaneTable(): VNode {
  useEffect(() => {
    const take = (): void => {
      if (!document.hidden && !handMoves()) told.value = store.lanes.peek();
    };
    const early = setTimeout(take, 400);
    const timer = setInterval(take, EVERY_MS);
    return () => {
      clearTimeout(early);
      clearInterval(timer);
    };
  }, []);
  const reply = told.value;
  // A table takes the width of its words whatever it is told: a box around it hides it.
  return (
    <div class="unseen">
      <table>
        <caption>{t('Timeline of the processes on the screen')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('Process')}</th>
            <th scope="col">{t('Spans')}</th>
            <th scope="col">{t('Tasks')}</th>
            <th scope="col">{t('Sent')}</th>
            <th scope="col">{t('Received')}</th>
            <th scope="col">{t('End')}</th>
          </tr>
        </thead>
        <tbody>
          {reply?.lanes.map((lane) => (
            <tr key={lane.process}>
              <th scope="row">{names.process(lane.process)}</th>
              <td>
                {lane.spans.slice(-MOST_SPANS).map((span) => `${spanWords(span, names, lane.process)}: ${t('{0} s to {1} s', moment(span.fromMs), moment(span.toMs))}`).join('; ')}
              </td>
              <td>
                {lane.tasks.slice(-MOST_SPANS).map((task) => `${taskWords(task, names)}: ${t('{0} s to {1} s', moment(task.fromMs), moment(task.toMs))}`).join('; ')}
              </td>
              <td>{integer(countOf(lane.sends))}</td>
              <td>{integer(countOf(lane.receives))}</td>
              <td>{lane.marks.map((mark) => `${mark.text || t(mark.kind)} ${t('{0} s', moment(mark.atMs))}`).join('; ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function countOf(columns: readonly number[]): number {
  let sum = 0;
  for (let i = 1; i < columns.length; i += 2) sum += columns[i] ?? 0;
  return sum;
}
