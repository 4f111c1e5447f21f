import { Transform } from 'node:stream';
import type { Secret } from '../../kit/secret.ts';
import { createFinder, type Finder } from './find-spelled.ts';

// Providers repeat the token in links to the next page, in errors and in echoes. An app must not read it
// there.

export interface Scrubber {
  text(value: string): string;
  /** Scrubs a stream, whose chunks may cut the token in two. */
  stream(): Transform;
}

const removed = '[removed]';

export function createScrubber(tokens: readonly Secret[]): Scrubber {
  const finder = createFinder(tokens.flatMap((token) => spellings(token.reveal())));

  return {
    text: (value) => scrub(finder, value, true).clean,
    stream() {
      // latin1 maps bytes to characters one to one, and every spelling is ASCII. The end of a chunk may be the start of a
      // token, so that much of it waits for the next chunk.
      let pending = '';
      const pass = (text: string, isLast: boolean) => {
        const { clean, rest } = scrub(finder, text, isLast);
        pending = rest;
        return Buffer.from(clean, 'latin1');
      };
      return new Transform({
        transform(chunk: Buffer, _encoding, done) {
          attempt(done, () => pass(pending + chunk.toString('latin1'), false));
        },
        flush(done) {
          attempt(done, () => pass(pending, true));
        },
      });
    },
  };
}

/** Returns the text without the token. `rest` is its end that may be the start of a token; it is empty for the last text. */
function scrub(finder: Finder, text: string, isLast: boolean): { clean: string; rest: string } {
  const pieces: string[] = [];
  let from = 0;
  const isComplete = finder(text, isLast, (start, end) => {
    pieces.push(text.slice(from, start), removed);
    from = end;
  });
  const until = Math.max(from, isComplete);
  pieces.push(text.slice(from, until));
  return { clean: pieces.join(''), rest: text.slice(until) };
}

function attempt(done: (error: Error | null, chunk?: Buffer) => void, work: () => Buffer): void {
  try {
    done(null, work());
  } catch (error) {
    done(error as Error);
  }
}

/** Returns the token, its base64 and its hexadecimal forms. A text that is encoded may begin before the token, so all three offsets count. */
function spellings(token: string): readonly string[] {
  const encoded = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.from(' '.repeat(offset) + token).toString('base64');
    // The first and last characters also depend on the neighbours of the token.
    const own = text.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + token.length) * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const hex = Buffer.from(token).toString('hex');
  // A short piece of base64 is found by chance.
  return [token, ...new Set([...encoded, hex, hex.toUpperCase()].filter((text) => text.length >= 12))];
}
