/** Why py-spy could not read a process, in words for people: from what it printed, and from what the system says of the two. */
import type { ExecFileException } from 'node:child_process';
import * as fs from 'node:fs';
import type { Text } from '../protocol/view.js';

interface Limits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/**
 * @param stderr what py-spy printed: `Error: ...`, and its causes as numbered lines
 */
export function explainPySpy(program: string, pid: number, error: ExecFileException, stderr: string, limits: Limits): Text {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return { template: 'py-spy printed more than {0} MB on process {1}, which is more than can be shown.', args: [Math.round(limits.maxBytes / 1024 / 1024), pid] };
  }
  if (error.killed === true) {
    return { template: 'py-spy did not answer within {0} s and was ended; process {1} goes on.', args: [Math.round(limits.timeoutMs / 100) / 10, pid] };
  }
  if (typeof error.code === 'string') return { template: '{0} could not be started ({1}); correct the setting procession.pySpy, or install py-spy again.', args: [program, error.code] };
  if (/permission denied|not permitted|EPERM|EACCES|elevated|requires root|run as root/i.test(stderr)) return whyNotPermitted(pid);
  const unsupported = /unsupported version of python:? *(\S*)/i.exec(stderr);
  if (unsupported !== null) {
    return { template: 'This py-spy ({0}) is older than the Python of process {1}; a newer one may know it: pip install --upgrade py-spy', args: [program, pid] };
  }
  if (/failed to find (a )?python|failed to find python version|no python (processes|interpreter)/i.test(stderr)) {
    return { template: 'py-spy finds no Python that it knows in process {0}: it is another program, or a Python that is newer than py-spy (pip install --upgrade py-spy).', args: [pid] };
  }
  return { template: 'py-spy could not read process {0}: {1}.', args: [pid, firstWords(stderr) || String(error.code ?? error.signal ?? '?')] };
}

/** ptrace(2) and Documentation/admin-guide/LSM/Yama.rst say who may look into whom. */
function whyNotPermitted(pid: number): Text {
  if (process.platform === 'darwin') return { template: 'macOS lets only root look into another process: run "sudo py-spy dump --pid {0}" in a terminal.', args: [pid] };
  const status = readText(`/proc/${pid}/status`) ?? '';
  const tracer = Number(/^TracerPid:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  if (tracer > 0) return { template: 'Process {0} is traced by another program already (PID {1}: a debugger, strace), and only one can.', args: [pid, tracer] };
  const owner = /^Uid:\s*(\d+)/m.exec(status)?.[1];
  const self = process.getuid?.();
  if (owner !== undefined && self !== undefined && self !== 0 && Number(owner) !== self) {
    return { template: 'Process {0} belongs to another user: run "sudo py-spy dump --pid {0}" in a terminal.', args: [pid] };
  }
  const scope = Number(readText('/proc/sys/kernel/yama/ptrace_scope')?.trim() ?? 0);
  if (scope === 1 || scope === 2) {
    return { template: 'The system lets no process look into process {0} (kernel.yama.ptrace_scope is {1}). Until the next start this allows it: sudo sysctl kernel.yama.ptrace_scope=0', args: [pid, scope] };
  }
  if (scope === 3) return { template: 'The system lets no process look into process {0} (kernel.yama.ptrace_scope is 3, which holds until the next start).', args: [pid] };
  if (inContainer()) return { template: 'This container may not look into process {0}: start it with --cap-add=SYS_PTRACE (in devcontainer.json: "capAdd": ["SYS_PTRACE"]).', args: [pid] };
  return { template: 'The system does not let py-spy look into process {0}: run "sudo py-spy dump --pid {0}" in a terminal.', args: [pid] };
}

/** Docker, podman and Kubernetes leave one of these. */
function inContainer(): boolean {
  return fs.existsSync('/.dockerenv') || fs.existsSync('/run/.containerenv') || process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** `Failed to get stack traces: Failed to suspend process: ...`, from the message and its causes; each cause once. */
function firstWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^\s*(Error: |\d+: )?/, '').trim());
  const until = lines.findIndex((line) => line.startsWith('Stack backtrace'));
  const told = (until < 0 ? lines : lines.slice(0, until)).filter((line) => line !== '' && line !== 'Caused by:');
  return [...new Set(told)].join(': ').slice(0, 300).replace(/\.$/, '');
}
