/** Builds the page with its stand-in for VS Code and serves both, under the same content security policy as the host gives. */
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const media = dirname(dirname(fileURLToPath(import.meta.url)));

const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Procession</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-dev'; style-src 'self' 'nonce-dev'; img-src 'self' data:; connect-src 'self'">
<meta property="csp-nonce" content="dev"><link rel="icon" href="data:,"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/main.css"></head>
<body><div id="root"></div><script nonce="dev" src="/harness.js"></script><script nonce="dev" src="/main.js"></script></body></html>`;

/** @returns address and a function that ends the server */
export async function serve(port = 0) {
  const built = await esbuild.build({
    entryPoints: { main: join(media, 'main.tsx'), harness: join(media, 'dev/harness.ts') },
    bundle: true, write: false, outdir: '/out', format: 'iife', target: 'es2022', jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'warning',
  });
  const files = new Map(built.outputFiles.map((file) => [file.path.replace('/out', ''), file.text]));
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.css') ? 'text/css' : path.endsWith('.json') ? 'application/json' : 'text/html';
    const language = /^\/l10n\/([\w-]+)\.json$/.exec(path);
    const body = language !== null ? readFileSync(join(media, `../l10n/bundle.l10n.${language[1]}.json`), 'utf8') : (files.get(path) ?? (path === '/' ? HTML : null));
    response.writeHead(body === null ? 404 : 200, { 'content-type': `${type}; charset=utf-8` });
    response.end(body ?? '');
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`, close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await serve(Number(process.argv[2] ?? 8123))).url);
