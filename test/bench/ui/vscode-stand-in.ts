/** What the panel's host needs of VS Code to answer a page, where there is no VS Code: put in its place when the bench is bundled. */
export const env = { language: 'en', clipboard: { writeText: (): Promise<void> => Promise.resolve() } };

export const l10n = {
  bundle: undefined,
  t: (template: string, ...args: readonly (string | number)[]): string => template.replace(/\{(\d+)\}/g, (whole, n: string) => String(args[Number(n)] ?? whole)),
};

// What only opens editors is never called here; named, so that the bundler finds it.
export const [workspace, window, commands, Uri, Position, Range, ViewColumn, ThemeColor, TextEditorRevealType, ProgressLocation] = Array<undefined>(10);
