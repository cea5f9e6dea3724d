/** Names of the rules, as findings carry them and `--fail-on` takes them; docs/findings has a page for most. */
export const ruleNames = [
  'deadlock-cycle', 'fork-with-held-lock', 'holder-died', 'getter-never-ends', 'join-before-drain', 'pipe-end-left-open', 'task-done-missing', 'barrier-party-died', 'no-main-guard', 'daemon-with-children', 'put-not-picklable',
  'killed-by-system', 'worker-died-with-task', 'result-handler-died', 'respawn-storm', 'executor-stalled', 'terminate-ignored', 'terminate-orphaned-grandchildren', 'orphan', 'zombie',
  'unreliable-empty', 'messages-undelivered', 'shared-end-without-lock',
  'descriptor-leak', 'shared-memory-leak', 'pool-not-closed',
] as const;

export type RuleName = (typeof ruleNames)[number];
