import { Problem } from '../../kit/problem.ts';

/** The most bytes of a request body that are kept in memory for a second attempt. */
const mostKept = 256 * 1024;
/** The largest request body, in bytes. */
const mostBytes = 10 * 1024 * 1024;

export type Upload =
  | { readonly kind: 'none' }
  | { readonly kind: 'kept'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** A larger body is streamed once. */
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<Uint8Array> };

/** Reads a body up to the limit that may be kept. A larger body is streamed. @throws Problem payload_too_large */
export async function readUpload(
  body: AsyncIterable<Uint8Array>,
  contentLength: string | undefined,
): Promise<Upload> {
  if (Number(contentLength ?? 0) > mostBytes) throw new Problem('payload_too_large');
  const source = body[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size <= mostKept; ) {
    const { done, value } = await source.next();
    if (done) {
      const bytes = new Uint8Array(Buffer.concat(chunks));
      return bytes.length === 0 ? { kind: 'none' } : { kind: 'kept', bytes };
    }
    chunks.push(value);
    size += value.length;
  }
  return { kind: 'stream', chunks: allChunks(chunks, source) };
}

/** Yields the chunks read so far and all further ones. @throws Problem payload_too_large */
async function* allChunks(read: readonly Uint8Array[], source: AsyncIterator<Uint8Array>) {
  let size = 0;
  const counted = (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > mostBytes) throw new Problem('payload_too_large');
    return chunk;
  };
  for (const chunk of read) yield counted(chunk);
  for (;;) {
    const { done, value } = await source.next();
    if (done) return;
    yield counted(value);
  }
}
