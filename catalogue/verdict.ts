/** The result of a conformance suite. */
export interface SuiteResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Returns whether a suite ran in full and passed. */
export function conforms(result: SuiteResult | undefined): boolean {
  return result !== undefined && result.passed > 0 && result.failed === 0 && result.skipped === 0;
}

export function verdictOf(result: SuiteResult | undefined): string {
  if (!result) return 'NO SUITE RAN';
  const { passed, failed, skipped } = result;
  const trouble = [failed > 0 && `${failed} FAILED`, skipped > 0 && `${skipped} SKIPPED`].filter(Boolean);
  return [passed > 0 ? `${passed} passed` : 'EMPTY', ...trouble].join(', ');
}
