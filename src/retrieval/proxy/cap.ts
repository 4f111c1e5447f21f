import { Transform } from 'node:stream';

/** Lets so many bytes through and breaks off at more: what was cut must not look whole. */
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
