/** Sends a signal to a process, and to no other that has its pid by now. */
import { said, type Said } from '../protocol/text.js';
import { procIsHere, processIdentity, type ProcessIdentity } from './identity.js';
import { readStat } from './proc.js';

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGHUP' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2';

export type Signalled = Said;

/** @param target whom; a start of 0 is not checked, because nothing is known to check */
export function sendSignal(target: ProcessIdentity, signal: SignalName): Signalled {
  const { pid, start } = target;
  // 0 and negative numbers mean groups, 1 is the machine's first process: never a process of a run.
  if (!Number.isSafeInteger(pid) || pid <= 1) return said(false, '{0} was not sent: {1} is no process of a script.', signal, pid);
  const now = processIdentity(pid);
  if (now === null) return said(false, '{0} was not sent: process {1} has ended.', signal, pid);
  if (start !== 0 && now.start !== 0 && now.start !== start) {
    return said(false, '{0} was not sent: process {1} has ended, and its number belongs to another process now.', signal, pid);
  }
  if (procIsHere() && readStat(pid)?.state === 'Z') {
    return said(false, '{0} was not sent: process {1} is a zombie; it has ended and waits for its parent to join it.', signal, pid);
  }
  try {
    process.kill(pid, signal);
    return said(true, '{0} was sent to process {1}.', signal, pid);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ESRCH') return said(false, '{0} was not sent: process {1} has ended.', signal, pid);
    if (code === 'EPERM') return said(false, '{0} was not sent: process {1} belongs to another user.', signal, pid);
    return said(false, '{0} was not sent to process {1}: {2}.', signal, pid, error instanceof Error ? error.message : String(error));
  }
}
