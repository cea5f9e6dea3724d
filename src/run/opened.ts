/** What a run is opened from: its folder as it is, or a recording unpacked. */
import * as fs from 'node:fs';
import { openRecording, readRunFile, type RunFile } from '../journal/index.js';
import type { Text } from '../protocol/view.js';

/** A folder or recording that cannot be shown; `message` is for people. */
export class CannotOpen extends Error {
  readonly code: string;
  /** The message as template and arguments, for translation. */
  readonly text: Text;

  constructor(error: { readonly code: string; readonly message: string; readonly text: Text }) {
    super(error.message);
    this.name = 'CannotOpen';
    this.code = error.code;
    this.text = error.text;
  }
}

export interface Opened {
  readonly folder: string;
  readonly run: RunFile;
  /** Undoes the opening of a recording. */
  readonly dispose: () => void;
}

/** @throws CannotOpen */
export async function openForReading(recordingOrFolder: string): Promise<Opened> {
  let isFolder = false;
  try {
    isFolder = fs.statSync(recordingOrFolder).isDirectory();
  } catch {
    // opening it says why
  }
  if (isFolder) {
    const read = readRunFile(recordingOrFolder);
    if (!read.ok) throw new CannotOpen(read.error);
    return { folder: recordingOrFolder, run: read.value, dispose: () => undefined };
  }
  const recording = await openRecording(recordingOrFolder);
  if (!recording.ok) throw new CannotOpen(recording.error);
  const { value } = recording;
  return { folder: value.folder, run: value.run, dispose: () => value.dispose() };
}
