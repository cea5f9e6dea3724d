/** What the operating system says of processes, and signals to them. */
export { isAlive, processIdentity, type ProcessIdentity } from './identity.js';
export { dumpStacks, findPySpy, type FoundPySpy, type Spied, type SpiedFrame, type SpiedThread } from './py-spy.js';
export { threadCount } from './proc.js';
export { SystemWatcher, type SystemWatcherOptions } from './sampler.js';
export { sendSignal, type Signalled, type SignalName } from './signal.js';
