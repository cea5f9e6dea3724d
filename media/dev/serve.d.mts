/** Builds the page with its stand-in for VS Code and serves both; `close` ends the server. */
export function serve(port?: number): Promise<{ readonly url: string; readonly close: () => void }>;
