/** What the operating system says of processes, and signals to them. */
export { hasProc, listPids } from './proc.js';
export { isAlive, processIdentity, type ProcessIdentity } from './identity.js';
export { dumpStacks, findPySpy, type FoundPySpy, type Spied, type SpiedFrame, type SpiedThread } from './py-spy.js';
export { threadCount } from './proc.js';
export { SystemWatcher, type SystemWatcherOptions } from './sampler.js';
export { sendSignal, type Signalled, type SignalName } from './signal.js';
export { descriptorsOf, intOf, mappingsOf, threadsOf, type Descriptor, type DescriptorKind, type Mapping, type SystemCall, type Thread } from './witness.js';
