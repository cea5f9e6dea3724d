import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/unit/**/*.test.{ts,tsx}'],
    // Real Python processes are started here and there; machines are shared and noisy.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
