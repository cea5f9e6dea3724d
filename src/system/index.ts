/** What the operating system says of processes, and signals to them. */
export { isAlive, isRunning, processIdentity, type ProcessIdentity } from './identity.js';
export { SystemWatcher, type SystemWatcherOptions } from './sampler.js';
export { sendSignal, type Signalled, type SignalName } from './signal.js';
