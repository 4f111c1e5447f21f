type Work = () => unknown;

const works: Work[] = [];

/**
 * Done when the test file is done, the latest first. May be asked for anywhere; vitest drops an `afterAll` that is
 * called within a hook or a test, without a word.
 */
export function atEnd(work: Work): void {
  works.push(work);
}

/** Everything that was asked for, whatever fails on the way. @throws what failed */
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
