type Work = () => unknown;

const works: Work[] = [];

/**
 * Runs the callbacks when the test file is done, the latest first. It may be called anywhere, unlike vitest's
 * `afterAll`, which is ignored within a hook or a test.
 */
export function atEnd(work: Work): void {
  works.push(work);
}

/** Runs all callbacks, even if some fail. @throws the first failure */
export async function end(): Promise<void> {
  const failures: unknown[] = [];
  for (let work = works.pop(); work !== undefined; work = works.pop()) {
    try {
      await work();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'));
  if (failures.length === 1) throw failures[0];
}
