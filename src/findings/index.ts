/** What is wrong with a run: the rules, each a pure function of the facts, and their list. */
import type { Model } from '../model/index.js';
import type { RuleName } from '../protocol/rules.js';
import type { FindingRow, Severity } from '../protocol/view.js';
import { barrierPartyDied } from './barrier-party-died.js';
import { daemonWithChildren } from './daemon-with-children.js';
import { deadlockCycle } from './deadlock-cycle.js';
import { descriptorLeak } from './descriptor-leak.js';
import { executorStalled } from './executor-stalled.js';
import { forkWithHeldLock } from './fork-with-held-lock.js';
import { getterNeverEnds } from './getter-never-ends.js';
import { holderDied } from './holder-died.js';
import { joinBeforeDrain } from './join-before-drain.js';
import { killedBySystem } from './killed-by-system.js';
import { messagesUndelivered } from './messages-undelivered.js';
import { noMainGuard } from './no-main-guard.js';
import { orphan } from './orphan.js';
import { pipeEndLeftOpen } from './pipe-end-left-open.js';
import { poolNotClosed } from './pool-not-closed.js';
import { putNotPicklable } from './put-not-picklable.js';
import { respawnStorm } from './respawn-storm.js';
import { resultHandlerDied } from './result-handler-died.js';
import { Scene, type Rule } from './scene.js';
import { sharedEndWithoutLock } from './shared-end-without-lock.js';
import { sharedMemoryLeak } from './shared-memory-leak.js';
import { taskDoneMissing } from './task-done-missing.js';
import { terminateIgnored } from './terminate-ignored.js';
import { terminateOrphanedGrandchildren } from './terminate-orphaned-grandchildren.js';
import { unreliableEmpty } from './unreliable-empty.js';
import { workerDiedWithTask } from './worker-died-with-task.js';
import { zombie } from './zombie.js';

/** Of one severity, in this order: first what explains the others. */
const RULES: Readonly<Record<RuleName, Rule>> = {
  'deadlock-cycle': deadlockCycle,
  'fork-with-held-lock': forkWithHeldLock,
  'holder-died': holderDied,
  'getter-never-ends': getterNeverEnds,
  'join-before-drain': joinBeforeDrain,
  'pipe-end-left-open': pipeEndLeftOpen,
  'task-done-missing': taskDoneMissing,
  'barrier-party-died': barrierPartyDied,
  'no-main-guard': noMainGuard,
  'daemon-with-children': daemonWithChildren,
  'put-not-picklable': putNotPicklable,
  'killed-by-system': killedBySystem,
  'worker-died-with-task': workerDiedWithTask,
  'result-handler-died': resultHandlerDied,
  'respawn-storm': respawnStorm,
  'executor-stalled': executorStalled,
  'terminate-ignored': terminateIgnored,
  'terminate-orphaned-grandchildren': terminateOrphanedGrandchildren,
  orphan,
  zombie,
  'unreliable-empty': unreliableEmpty,
  'messages-undelivered': messagesUndelivered,
  'shared-end-without-lock': sharedEndWithoutLock,
  'descriptor-leak': descriptorLeak,
  'shared-memory-leak': sharedMemoryLeak,
  'pool-not-closed': poolNotClosed,
};

const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/** All findings at a moment, the worst first. To be given to `new Model(info, { findings: evaluate })`. */
export function evaluate(model: Model, nowMs: number = model.live.now): FindingRow[] {
  const scene = new Scene(model.world, nowMs);
  return Object.values(RULES).flatMap((rule) => rule(scene)).sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}
