import { defineConfig } from 'vitest/config';

const connectors = 'test/connectors/**/*.test.ts';

export default defineConfig({
  test: {
    setupFiles: ['test/support/no-network.ts', 'test/support/end-of-file.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000, interval: 20 } },
    // One more than the processors of the smallest machine: tests wait for time-outs and processes, too.
    maxWorkers: 3,
    restoreMocks: true,
    projects: [
      // They need no database and keep nothing in modules, so that one worker takes many of them.
      { extends: true, test: { name: 'connectors', include: [connectors], isolate: false } },
      {
        extends: true,
        test: {
          name: 'broker',
          include: ['test/**/*.test.ts'],
          exclude: [connectors],
          globalSetup: ['test/support/postgres.ts'],
        },
      },
    ],
  },
});
