/** The moment that the page shows. While one is set the store holds the rows as they were then: the host tells them. */
import { signal } from '@preact/signals';
import type { RunEvent, TimeMark } from '../../src/protocol/moment.js';

/** Milliseconds from the run's start; null: the present. */
export const moment = signal<number | null>(null);
/** All of the moment is told, findings and holders too, not only what can be looked up while a hand drags. */
export const settled = signal(true);
/** What should be seen at once in all of the time. */
export const marks = signal<readonly TimeMark[]>([]);
/** The event that was stepped to; `missing`: there is none on that side. Null: nobody stepped, or went on by other means. */
export const stop = signal<RunEvent | 'missing' | null>(null);
