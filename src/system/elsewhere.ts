/** Processes where there is no /proc: by ps-list, which costs two programs a call and knows neither states nor exact start times. */

export interface Listed {
  readonly pid: number;
  readonly ppid: number;
  /** `Z` where the command says `<defunct>`; `?` otherwise. */
  readonly state: string;
  /** Words of the command line, split at spaces: quoting is lost in the listing. On Windows the program's name only. */
  readonly argv: readonly string[];
}

/** Null where the list cannot be had: no `ps`, or Windows on ARM. */
export async function listElsewhere(): Promise<readonly Listed[] | null> {
  try {
    // Loaded only where it is needed: it finds its own files when it loads.
    const { default: psList } = await import('ps-list');
    const processes = await psList();
    return processes.map(({ pid, ppid, name, cmd }) => ({
      pid,
      ppid,
      state: (cmd ?? name).includes('<defunct>') ? 'Z' : '?',
      argv: cmd === undefined || cmd === '' ? [name] : cmd.split(' '),
    }));
  } catch {
    return null;
  }
}
