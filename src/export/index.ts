/** A run for other programs: which formats there are, and the files of each. */
import type { Model } from '../model/index.js';
import { csvFiles } from './csv.js';
import { picture } from './text/picture.js';
import { traceChunks } from './trace/index.js';
import { treeJson, treeMermaid } from './trees.js';

export { treeJson, treeMermaid, treeText } from './trees.js';

/** What a run can be written as. */
export const exportFormats = ['perfetto', 'csv', 'mermaid', 'text', 'json'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Names of the files without their folder: `trace.json` as a default of a single file. */
export const exportNames: Readonly<Record<Exclude<ExportFormat, 'csv'>, string>> = { perfetto: 'trace.json', mermaid: 'tree.mmd', text: 'run.txt', json: 'tree.json' };

export interface ExportFile {
  readonly name: string;
  /** Its text in pieces, made as they are taken. */
  readonly chunks: Iterable<string>;
}

/** The files of a format: one, or for `csv` all that go into its folder. */
export function exportFiles(model: Model, format: ExportFormat): readonly ExportFile[] {
  switch (format) {
    case 'csv': return csvFiles(model);
    case 'perfetto': return [{ name: exportNames.perfetto, chunks: traceChunks(model) }];
    case 'mermaid': return [{ name: exportNames.mermaid, chunks: [treeMermaid(model.snapshot())] }];
    case 'json': return [{ name: exportNames.json, chunks: [treeJson(model.snapshot())] }];
    case 'text': return [{ name: exportNames.text, chunks: [picture(model.snapshot(), { colours: false, width: null })] }];
  }
}
