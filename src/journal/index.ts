/** The record format, its decoder, the folder's tailer, and recordings. */
export type { Blocks } from './blocks.js';
export { RunClock } from './clock.js';
export type { JournalError, JournalErrorCode, Result } from './errors.js';
export { DONE_FILE, OBSERVER_FILE, RUN_FILE, RUN_SCHEMA, Type } from './format.js';
export { ObserverLog } from './observer.js';
export { packRecording } from './pack.js';
export { openRecording, type OpenedRecording } from './recording.js';
export { readRunFile, type RunFile } from './runfile.js';
export type { Passing } from './image.js';
export { FolderTailer, type PollResult, type TailerOptions } from './tail.js';
