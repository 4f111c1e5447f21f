import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const connectors = 'test/connectors/**/*.test.ts';

/**
 * Begins with the folders whose files take longest, so that no worker is left alone with one at the end. A clean clone knows
 * no durations, and the size of a file says little.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => /\/test\/(abroad|console|journeys)\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    setupFiles: ['test/support/no-network.ts', 'test/support/rsa-keys.ts', 'test/support/end-of-file.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000, interval: 20 } },
    // One more than the processors of the smallest machine: tests wait for time-outs and processes, too.
    maxWorkers: 3,
    // One worker takes many files: half of the time went into loading the same modules anew.
    isolate: false,
    restoreMocks: true,
    projects: [
      // They need no database.
      { extends: true, test: { name: 'connectors', include: [connectors] } },
      {
        extends: true,
        test: {
          name: 'broker',
          include: ['test/**/*.test.ts'],
          exclude: [connectors],
          globalSetup: ['test/support/postgres.ts'],
          // For the whole run: npm test with TEST_DATABASE_TIMEZONE=Asia/Shanghai.
          provide: { databaseZone: process.env.TEST_DATABASE_TIMEZONE ?? '' },
        },
      },
    ],
  },
});
