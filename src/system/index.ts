/** What the operating system says of processes, and signals to them. */
export { dumpStacks, findPySpy, type FoundPySpy, type Spied, type SpiedFrame, type SpiedThread } from './py-spy.js';
export { idleThreads } from './idle.js';
export { SystemWatcher, type SystemWatcherOptions } from './sampler.js';
export { sendSignal, type Signalled, type SignalName } from './signal.js';
export { descriptorsOf, intOf, mappingsOf, threadsOf, type Descriptor, type DescriptorKind, type Mapping, type SystemCall, type Thread } from './witness.js';
export { isAlive, isRunning, processIdentity, type ProcessIdentity } from './identity.js';
export { hasProc, listPids, readVariable, threadCount } from './proc.js';
export { ProcessTable } from './process-table.js';
export { commandOf, isSameShm, mappersOf, removeShm, shmFile, shmMadeSince, type Mapper, type ShmFile } from './shm.js';
