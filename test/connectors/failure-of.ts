import { inspect } from 'node:util';
import { expect } from 'vitest';
import { UpstreamError } from '../../src/connectors/contract/failures.ts';

/**
 * Returns the typed error of a call, after checking that no way of printing it shows one of the `secrets`.
 */
export async function failureOf(call: Promise<unknown>, secrets: readonly string[]): Promise<UpstreamError> {
  const error: unknown = await call.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UpstreamError)) throw new Error('not an upstream error', { cause: error });
  const printed = [
    inspect(error, { depth: null, showHidden: true }),
    JSON.stringify(error),
    String(error),
    ...chain(error).flatMap(({ message, stack }) => [message, stack ?? '']),
  ].join('\n');
  // A word as short as "60" or "bearer" is no secret, and occurs in any stack.
  const told = secrets.filter((secret) => secret.length > 8 && printed.includes(secret));
  expect(told, 'secrets in the error').toEqual([]);
  return error;
}

function chain(error: Error): Error[] {
  return [error, ...(error.cause instanceof Error ? chain(error.cause) : [])];
}
