/** Start a script, watch its run, open a recording. */
export { errorCode, fill, reasonOf, type RunError, type RunErrorCode } from './errors.js';
export { cleanUp, type Cleaned, type CleaningChoice } from './cleaning.js';
export { DEFAULT_BUDGET_BYTES } from './folder.js';
export { leftovers, type Leftover } from './leftovers.js';
export type { Past } from './past.js';
export { prepareRun, type Prepared, type PreparedRun, type RunOptions, type RunTarget } from './prepare.js';
export { findPython, type FoundPython, type PythonInfo } from './python.js';
export { CannotOpen } from './opened.js';
export { stacksOf, type StacksAnswer } from './stacks.js';
export { isEmpty, remains, type LeftMemory, type LeftProcess, type Remains } from './remains.js';
export { Run, type Outcome } from './run.js';
