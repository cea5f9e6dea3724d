/** Signal numbers and names. The numbers of a run are those of the machine it ran on, which may not be this one. */
const COMMON: readonly (readonly [number, string])[] = [
  [1, 'SIGHUP'], [2, 'SIGINT'], [3, 'SIGQUIT'], [4, 'SIGILL'], [5, 'SIGTRAP'], [6, 'SIGABRT'], [8, 'SIGFPE'],
  [9, 'SIGKILL'], [11, 'SIGSEGV'], [13, 'SIGPIPE'], [14, 'SIGALRM'], [15, 'SIGTERM'],
];
const LINUX = new Map<number, string>([
  ...COMMON,
  [7, 'SIGBUS'], [10, 'SIGUSR1'], [12, 'SIGUSR2'], [16, 'SIGSTKFLT'], [17, 'SIGCHLD'], [18, 'SIGCONT'], [19, 'SIGSTOP'],
  [20, 'SIGTSTP'], [21, 'SIGTTIN'], [22, 'SIGTTOU'], [23, 'SIGURG'], [24, 'SIGXCPU'], [25, 'SIGXFSZ'], [26, 'SIGVTALRM'],
  [27, 'SIGPROF'], [28, 'SIGWINCH'], [29, 'SIGIO'], [30, 'SIGPWR'], [31, 'SIGSYS'],
]);
const BSD = new Map<number, string>([
  ...COMMON,
  [7, 'SIGEMT'], [10, 'SIGBUS'], [12, 'SIGSYS'], [16, 'SIGURG'], [17, 'SIGSTOP'], [18, 'SIGTSTP'], [19, 'SIGCONT'],
  [20, 'SIGCHLD'], [21, 'SIGTTIN'], [22, 'SIGTTOU'], [23, 'SIGIO'], [24, 'SIGXCPU'], [25, 'SIGXFSZ'], [26, 'SIGVTALRM'],
  [27, 'SIGPROF'], [28, 'SIGWINCH'], [29, 'SIGINFO'], [30, 'SIGUSR1'], [31, 'SIGUSR2'],
]);

function table(platform: string | null): ReadonlyMap<number, string> {
  return platform !== null && /darwin|bsd/i.test(platform) ? BSD : LINUX;
}

/** `SIGKILL` for 9; `signal 40` where it has no name. */
export function signalName(number: number, platform: string | null): string {
  return table(platform).get(number) ?? `signal ${number}`;
}

/** 9 for `SIGKILL`; null when the name is not one. */
export function signalNumber(name: string, platform: string | null): number | null {
  for (const [number, known] of table(platform)) if (known === name) return number;
  const told = /^signal (\d+)$/.exec(name);
  return told ? Number(told[1]) : null;
}
