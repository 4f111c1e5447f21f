import type { Classify } from '../../connectors/contract/failures.ts';
import { asObject, tryParse } from '../../kit/exact-json.ts';
import type { Opened } from '../../kit/outbound.ts';

/** Bytes. Providers that report an expired token use short bodies. */
const longestReport = 8 * 1024;

/**
 * Returns whether the provider refuses the token, by status or, as some do, in a body with any status. The
 * answer is returned whole.
 */
export async function readVerdict(
  answer: Opened,
  classify: Classify | undefined,
): Promise<{ readonly answer: Opened; readonly expired: boolean }> {
  const { status, headers, body } = answer;
  if (status === 401) return { answer, expired: true };
  const isReadable = /json|javascript|text\/plain/.test(headers.get('content-type') ?? '');
  if (!classify || !body || !isReadable) return { answer, expired: false };
  const { text, whole } = await peek(body);
  const json = asObject(text === undefined ? undefined : tryParse(text)) ?? {};
  const error = typeof json.error === 'string' ? json.error : undefined;
  const failure = classify({ step: 'profile', status, error, body: json, retryAfter: undefined });
  return { answer: { ...answer, body: whole }, expired: failure?.kind === 'grant-dead' };
}

/** Reads a short body. `whole` yields all of the body again; `text` is undefined for a longer one. */
async function peek(body: AsyncIterable<Uint8Array>) {
  const source = body[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await source.next();
    if (done) return { text: Buffer.concat(chunks).toString('utf8'), whole: replay(chunks) };
    chunks.push(value);
    size += value.length;
    if (size > longestReport) return { text: undefined, whole: replay(chunks, source) };
  }
}

async function* replay(chunks: readonly Uint8Array[], source?: AsyncIterator<Uint8Array>) {
  yield* chunks;
  for (;;) {
    const next = await source?.next();
    if (!next || next.done) return;
    yield next.value;
  }
}
