import { Transform } from 'node:stream';
import type { Secret } from '../../kit/secret.ts';

// Providers repeat the token in links to the next page, in errors and in echoes. An app must not read it
// there.

export interface Scrubber {
  text(value: string): string;
  /** Scrubs a stream, whose chunks may cut the token in two. */
  stream(): Transform;
}

const removed = '[removed]';

export function createScrubber(tokens: readonly Secret[]): Scrubber {
  const needles = tokens.flatMap((token) => spellings(token.reveal()));
  const longest = Math.max(...needles.map((needle) => needle.length));
  const text = (value: string) => needles.reduce((clean, needle) => clean.replaceAll(needle, removed), value);

  return {
    text,
    stream() {
      // latin1 maps bytes to characters one to one, and every needle is ASCII. The end of a chunk may be the start of a
      // needle, so that much of it waits for the next chunk.
      let pending = '';
      return new Transform({
        transform(chunk: Buffer, _encoding, done) {
          const clean = text(pending + chunk.toString('latin1'));
          const ready = Math.max(0, clean.length - (longest - 1));
          pending = clean.slice(ready);
          done(null, Buffer.from(clean.slice(0, ready), 'latin1'));
        },
        flush(done) {
          done(null, Buffer.from(pending, 'latin1'));
        },
      });
    },
  };
}

/**
 * Returns the token as written, and as URLs, forms, JSON, HTML and base64 write it; the longest first, since one may contain
 * another.
 */
function spellings(token: string): readonly string[] {
  const percent = encodeURIComponent(token);
  const json = JSON.stringify(token).slice(1, -1);
  const form = new URLSearchParams({ t: token }).toString().slice(2);
  const lower = percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const slashed = json.replaceAll('/', '\\/');
  const escaped = json.replace(
    /[&<>='"/+]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const html = token.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const base64 = Buffer.from(token).toString('base64');
  const all = new Set([token, percent, lower, form, json, slashed, escaped, html, base64]);
  return [...all].sort((one, other) => other.length - one.length);
}
