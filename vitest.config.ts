import { defineConfig } from 'vitest/config';

const connectors = 'test/connectors/**/*.test.ts';

/** What stores and compares moments: once more with a database west and one east of UTC. */
const abroad = [
  'test/admin/upstream-revocations.test.ts',
  'test/admin/people.test.ts',
  'test/issuance/backchannel-logout.test.ts',
  'test/issuance/revocation.test.ts',
  'test/vault/entry-store.test.ts',
  'test/vault/fresh.test.ts',
  'test/webhooks/delivery.test.ts',
];

export default defineConfig({
  test: {
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
      ...['America/New_York', 'Asia/Shanghai'].map((databaseZone) => ({
        extends: true as const,
        test: {
          name: databaseZone,
          include: abroad,
          globalSetup: ['test/support/postgres.ts'],
          provide: { databaseZone },
        },
      })),
    ],
  },
});
