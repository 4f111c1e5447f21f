import type { TestModule, TestSuite } from 'vitest/node';
import { startVitest } from 'vitest/node';
import type { SuiteResult } from './verdict.ts';

export interface Progress {
  /** Reports the number of test files that are done. */
  seen(done: number): void;
  /** The full name of a test. */
  failed(name: string): void;
}

/** Runs these test files, and returns the results by provider. */
export async function runSuites(
  files: readonly string[],
  progress: Progress,
): Promise<ReadonlyMap<string, SuiteResult>> {
  const results = new Map<string, SuiteResult>();
  let done = 0;
  const reporter = {
    onTestModuleEnd(module: TestModule) {
      for (const suite of module.children.allSuites()) {
        const [, provider] = /^(\S+) conforms:$/.exec(suite.name) ?? [];
        if (provider !== undefined) results.set(provider, resultOf(suite));
      }
      for (const test of module.children.allTests('failed')) progress.failed(test.fullName);
      done += 1;
      progress.seen(done);
    },
  };
  const vitest = await startVitest('test', [...files], { watch: false, reporters: [reporter] });
  await vitest.close();
  return results;
}

function resultOf(suite: TestSuite): SuiteResult {
  const states = [...suite.children.allTests()].map((test) => test.result().state);
  const count = (...wanted: readonly (typeof states)[number][]) =>
    states.filter((state) => wanted.includes(state)).length;
  // A hook that fails leaves its tests pending.
  return { passed: count('passed'), failed: count('failed', 'pending'), skipped: count('skipped') };
}
