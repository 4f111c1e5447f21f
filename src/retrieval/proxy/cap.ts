import { Transform } from 'node:stream';

/**
 * Passes at most this many bytes and breaks the stream beyond, so that a truncated answer never looks
 * complete.
 */
export function atMost(bytes: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > bytes) done(new Error(`the answer of a provider is longer than ${bytes} bytes`));
      else done(null, chunk);
    },
  });
}
