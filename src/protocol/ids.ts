/**
 * Every name that package.json and the code must agree on. A test compares these with package.json, both ways.
 */

/** Commands, by what they do. */
export const commands = {
  runFile: 'procession.runFile',
  runAgain: 'procession.runAgain',
  stop: 'procession.stop',
  showPanel: 'procession.showPanel',
  openRecording: 'procession.openRecording',
  saveRecording: 'procession.saveRecording',
  exportRun: 'procession.exportRun',
  attachLeftover: 'procession.attachLeftover',
  cleanUp: 'procession.cleanUp',
  showLog: 'procession.showLog',
  stacks: 'procession.stacks',
  interrupt: 'procession.interrupt',
  terminate: 'procession.terminate',
  kill: 'procession.kill',
  interruptTree: 'procession.interruptTree',
  terminateTree: 'procession.terminateTree',
  killTree: 'procession.killTree',
  endOrphans: 'procession.endOrphans',
  openSource: 'procession.openSource',
  explain: 'procession.explain',
  copyPid: 'procession.copyPid',
  getStarted: 'procession.getStarted',
  openSample: 'procession.openSample',
} as const;
export type CommandId = (typeof commands)[keyof typeof commands];

/** Commands of links and actions that the extension itself makes: not in package.json, so that the command palette does not offer them. */
export const linkCommands = {
  /** Opens a rule's page; its argument is the rule's name. */
  explainRule: 'procession.explainRule',
  /** Shows the fix of a finding and asks; its arguments are the finding's file, its line from 1, and its rule. */
  previewFix: 'procession.previewFix',
} as const;

/** Section that all settings share. */
export const settingsSection = 'procession';

/** Settings without their section. */
export const settings = {
  python: 'python',
  pythonOptions: 'pythonOptions',
  arguments: 'arguments',
  environment: 'environment',
  workingDirectory: 'workingDirectory',
  previewsEnabled: 'previews.enabled',
  previewsBytes: 'previews.bytes',
  budget: 'budget',
  keepRuns: 'keepRuns',
  pySpy: 'pySpy',
  notifications: 'notifications',
} as const;
export type SettingId = (typeof settings)[keyof typeof settings];

/** Keys for `when` clauses. */
export const contextKeys = {
  /** A run is alive. */
  running: 'procession.running',
  /** A run is there to be shown or run again: alive, or ended and not yet dropped. */
  hasRun: 'procession.hasRun',
} as const;
export type ContextKey = (typeof contextKeys)[keyof typeof contextKeys];

/** The view container's native tree of runs. */
export const runsViewId = 'procession.runs';
/** The walkthrough of the first steps, of this extension's. */
export const walkthroughId = 'start';
/** View type of the panel of a run. */
export const panelViewType = 'procession.run';
/** View type of the read-only editor of recordings. */
export const recordingViewType = 'procession.recording';
/** Scheme of the texts that fixes are previewed with. */
export const fixScheme = 'procession-fix';
/** Task type. */
export const taskType = 'procession';
/** Extension of recordings, without the dot. */
export const recordingExtension = 'procession';
