/** `procession doctor PID`: looks at a process tree that was not started by us, from outside. */
import * as fs from 'node:fs';
import { reasonOf } from '../run/index.js';
import { Analysis } from '../system/outside-stuck.js';
import { lookFromOutside, processOf } from '../system/outside.js';
import { unknowns, type Looker } from '../system/outside-unknown.js';
import { judge } from '../system/outside-verdicts.js';
import { hasProc } from '../system/proc.js';
import { doctorPicture } from './doctor-picture.js';
import { doctorReport, type Doctored } from './doctor-report.js';
import { OutFile } from './files.js';
import { say, status, wantsColours, widthOf, writeAll } from './out.js';

export interface DoctorCommand {
  readonly pid: number;
  /** A path, or `-` for standard output in place of the picture; null: no JSON. */
  readonly json: string | null;
  /** Verdicts of this severity and worse turn the exit status into 70; null: none does. */
  readonly failOn: 'error' | 'warning' | null;
  readonly cwd: string;
}

function looker(): Looker {
  let ptraceScope: number | null = null;
  try {
    ptraceScope = Number(fs.readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'latin1'));
  } catch {
    // No Yama in this kernel, or none to see in this container.
  }
  return { uid: process.geteuid?.() ?? null, ptraceScope };
}

function write(file: OutFile, text: string): string | null {
  try {
    fs.writeFileSync(file.part, text);
  } catch (error) {
    file.discard();
    return `${file.name} cannot be written: ${reasonOf(error)}.`;
  }
  return file.commit();
}

export async function doctorCommand(command: DoctorCommand): Promise<number> {
  const { json, failOn } = command;
  if (!hasProc()) {
    say('doctor reads /proc as Linux has it, and there is none here.');
    return status.unavailable;
  }
  const pid = processOf(command.pid);
  if (pid === null) {
    say(`there is no process ${command.pid}, or /proc does not show it to this user.`);
    return status.noInput;
  }
  const output = json === null || json === '-' ? null : OutFile.open(json, command.cwd, false);
  if (output !== null && !output.ok) {
    say(output.message);
    return status.cannotCreate;
  }
  if (pid !== command.pid) say(`${command.pid} is a thread of process ${pid}, which is looked at.`);
  const seen = await lookFromOutside(pid);
  if (!seen.ok) {
    output?.file.discard();
    say(`process ${pid} ended while it was looked at.`);
    return status.noInput;
  }
  const { looks } = seen;
  const analysis = new Analysis(looks);
  const doctored: Doctored = { pid, looks, analysis, judged: judge(looks, analysis), unknown: unknowns(pid, looks, analysis, looker()), at: new Date() };
  const text = `${JSON.stringify(doctorReport(doctored), null, 2)}\n`;
  if (json === '-') {
    if (!writeAll(1, text)) return status.cannotCreate;
  } else {
    // Nobody reading on, as in `procession doctor 7 | head`, is no error.
    writeAll(1, doctorPicture(doctored, { colours: wantsColours(1), width: widthOf(1) }));
  }
  const why = output === null ? null : write(output.file, text);
  if (why !== null) {
    say(why);
    return status.cannotCreate;
  }
  const counts = doctored.judged.verdicts.some(({ severity }) => failOn === 'warning' || (failOn === 'error' && severity === 'error'));
  return counts ? status.software : status.ok;
}
