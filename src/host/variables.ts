/** Replaces `${...}` in settings and tasks; VS Code does so only for its own. */

export interface VariableValues {
  readonly workspaceFolder: string | null;
  /** The script; null where a module is run. */
  readonly file: string | null;
  readonly userHome: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Joins and cuts paths: `node:path`'s `dirname`. */
  readonly dirname: (path: string) => string;
}

/**
 * `${workspaceFolder}`, `${file}`, `${fileDirname}`, `${userHome}` and `${env:NAME}`, by VS Code's names. An environment variable that is
 * not set is empty, as in VS Code; a name that has no value here, or that nobody knows, stays as it is written.
 */
export function replaceVariables(text: string, values: VariableValues): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
    if (name.startsWith('env:')) return values.env[name.slice(4)] ?? '';
    switch (name) {
      case 'workspaceFolder':
        return values.workspaceFolder ?? whole;
      case 'file':
        return values.file ?? whole;
      case 'fileDirname':
        return values.file === null ? whole : values.dirname(values.file);
      case 'userHome':
        return values.userHome;
      default:
        return whole;
    }
  });
}
