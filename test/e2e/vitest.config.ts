import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/setup.ts'],
    // One VS Code at a time: two cores.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What a person does is drawn a moment later, and later on a busy machine: what is asked of the page right after is asked again.
    expect: { poll: { timeout: 20_000, interval: 50 } },
  },
});
