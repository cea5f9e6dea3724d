/** What the operating system says of processes, and signals to them. */
export { isAlive, processIdentity, type ProcessIdentity } from './identity.js';
export { SystemWatcher, type SystemWatcherOptions } from './sampler.js';
export { sendSignal, type Signalled, type SignalName } from './signal.js';
export { descriptorsOf, intOf, mappingsOf, threadsOf, type Descriptor, type DescriptorKind, type Mapping, type SystemCall, type Thread } from './witness.js';
