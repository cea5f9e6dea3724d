/** What is wrong with a run: the rules, each a pure function of the facts, and their list. */
import type { Model } from '../model/index.js';
import type { FindingRow, Severity } from '../protocol/view.js';
import { barrierPartyDied } from './barrier-party-died.js';
import { daemonWithChildren } from './daemon-with-children.js';
import { joinBeforeDrain } from './join-before-drain.js';
import { messagesUndelivered } from './messages-undelivered.js';
import { noMainGuard } from './no-main-guard.js';
import { orphan } from './orphan.js';
import { pipeEndLeftOpen } from './pipe-end-left-open.js';
import { putNotPicklable } from './put-not-picklable.js';
import { Scene, type Rule } from './scene.js';
import { sharedEndWithoutLock } from './shared-end-without-lock.js';
import { sharedMemoryLeak } from './shared-memory-leak.js';
import { taskDoneMissing } from './task-done-missing.js';
import { zombie } from './zombie.js';

const RULES: readonly Rule[] = [joinBeforeDrain, pipeEndLeftOpen, noMainGuard, daemonWithChildren, putNotPicklable, orphan, zombie, messagesUndelivered, sharedMemoryLeak, sharedEndWithoutLock, taskDoneMissing, barrierPartyDied];

const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/** All findings at a moment, the worst first. To be given to `new Model(info, { findings: evaluate })`. */
export function evaluate(model: Model, nowMs: number = model.live.now): FindingRow[] {
  const scene = new Scene(model.world, nowMs);
  return RULES.flatMap((rule) => rule(scene)).sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}
