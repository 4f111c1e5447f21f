import type { Opened } from '../../kit/outbound.ts';
import { Problem } from '../../kit/problem.ts';

/** The codings that the HTTP client has undone (RFC 9110 section 8.4.1), if it knows all that a response names. */
const undone = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd']);
/** Some servers write these although the body is as it was. */
const plain = new Set(['', 'identity', 'none', 'binary', '7bit', '8bit', 'utf-8', 'utf8', 'aws-chunked']);

/** Passes an answer on whose body can be searched for the token. @throws Problem provider_error for a body that stays encoded */
export async function decoded(answer: Opened): Promise<Opened> {
  const codings = (answer.headers.get('content-encoding') ?? '')
    .split(',')
    .map((one) => one.trim().toLowerCase());
  const isReadable =
    answer.body === null || [undone, plain].some((known) => codings.every((one) => known.has(one)));
  if (isReadable) return answer;
  await drop(answer);
  throw new Problem('provider_error', { members: { step: 'call' } });
}

/** Ends a response body that is not read, which releases its connection. */
export async function drop({ body }: Opened): Promise<void> {
  await body?.[Symbol.asyncIterator]().return?.();
}
