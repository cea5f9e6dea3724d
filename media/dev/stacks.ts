/** Made-up stacks for the development page, as py-spy and as the records would tell them. */
import type { Stacks, StackFrame } from '../../src/protocol/stacks.js';
import type { Scenario } from './scenario.js';

const LIBRARY = '/usr/lib/python3.11';

function frame(file: string, line: number, name: string, own = false): StackFrame {
  return { where: { file, line, function: name }, own };
}

const RUNTIME = '/home/ada/.vscode/extensions/procession/runtime/procession_runtime';
const MAIN: readonly StackFrame[] = [
  frame(`${RUNTIME}/queues.py`, 175, '_taking.<locals>.take_bytes'),
  frame(`${LIBRARY}/multiprocessing/queues.py`, 103, 'Queue.get'),
  frame(`${RUNTIME}/queues.py`, 276, '_getting.<locals>.get'),
  frame('/ada/photos/pipeline.py', 52, 'consume', true),
  frame(`${LIBRARY}/multiprocessing/process.py`, 108, 'BaseProcess.run'),
  frame('<frozen runpy>', 198, '_run_module_as_main'),
  frame('/ada/photos/pipeline.py', 140, '<module>', true),
];
const FEEDER: readonly StackFrame[] = [
  frame('/usr/lib/python3.11/threading.py', 331, 'Condition.wait'),
  frame('/home/ada/venv/lib/python3.11/site-packages/numpy/core/multiarray.py', 1021, 'a_rather_long_name_of_a_function_that_does_not_fit_into_its_column'),
  frame('/usr/lib/python3.11/threading.py', 982, 'Thread.run'),
];

export function stacksOf(scenario: Scenario, process: string, by: string): Stacks {
  const atMs = scenario.nowMs;
  const row = scenario.processes.find((each) => each.row.key === process)?.row;
  if (by === 'py-spy') {
    return {
      process, by, atMs, paused: true, why: null, unknownThreads: 3,
      threads: [
        { name: 'MainThread', main: true, active: false, holdsGil: false, frames: MAIN, blocked: null },
        { name: 'QueueFeederThread', main: false, active: true, holdsGil: true, frames: FEEDER, blocked: null },
      ],
    };
  }
  const threads = (row?.blocked ?? []).map((blocked) => ({
    name: blocked.thread ?? 'MainThread', main: blocked.thread === null, active: null, holdsGil: null, blocked,
    frames: blocked.where === null ? [] : [{ where: blocked.where, own: true }],
  }));
  return {
    process, by: 'slots', atMs, paused: false, unknownThreads: 2,
    why: { template: 'py-spy is not installed; with it all frames of all threads are shown: {0} -m pip install py-spy', args: ['/home/ada/venv/bin/python'] },
    threads: threads.some(({ main }) => main) ? threads : [{ name: 'MainThread', main: true, active: null, holdsGil: null, blocked: null, frames: [] }, ...threads],
  };
}
