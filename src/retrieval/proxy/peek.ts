import { seconds } from '../../kit/clock.ts';

/** Bytes. Providers that report an expired token use short bodies. */
const longestReport = 8 * 1024;
/** An API that streams JSON may send nothing for minutes. */
const longestWait = seconds(1);

export interface Peeked {
  /** Undefined for a body that is too long, or that does not end in time. */
  readonly text: string | undefined;
  /** All of the body again. */
  readonly whole: AsyncIterable<Uint8Array>;
}

/** Reads a short body, and stops as soon as it cannot be the JSON of an object or a list. */
export async function peek(body: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const source = body[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const deadline = startDeadline();
  try {
    for (;;) {
      const next = source.next();
      // A body that breaks off is passed on as far as it came, and breaks off there.
      const read = await Promise.race([next, deadline.passed]).catch(() => 'broken' as const);
      if (read === 'late' || read === 'broken')
        return { text: undefined, whole: replay(chunks, source, next) };
      if (read.done) return { text: Buffer.concat(chunks).toString('utf8'), whole: replay(chunks, source) };
      chunks.push(read.value);
      size += read.value.length;
      const start = Buffer.concat(chunks.slice(0, 2)).toString('utf8', 0, 64).trimStart();
      if (size > longestReport || !/^(?:[{[]|$)/.test(start))
        return { text: undefined, whole: replay(chunks, source) };
    }
  } finally {
    deadline.end();
  }
}

function startDeadline() {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), longestWait);
  });
  return { passed, end: () => clearTimeout(timer) };
}

type Read = Promise<IteratorResult<Uint8Array>>;

/** Yields the chunks read so far, then the one that is awaited, then the rest. It can be ended before its start. */
function replay(
  chunks: readonly Uint8Array[],
  source: AsyncIterator<Uint8Array>,
  awaited?: Read,
): AsyncIterable<Uint8Array> {
  // It may fail before it is read.
  awaited?.catch(() => undefined);
  const left = [...chunks];
  let pending = awaited;
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      const kept = left.shift();
      if (kept) return { done: false, value: kept };
      const next = pending ?? source.next();
      pending = undefined;
      return await next;
    },
    async return() {
      left.length = 0;
      const ended = source.return?.();
      // A stream ends only after the read that it is busy with, which may take minutes.
      if (pending) ended?.catch(() => undefined);
      else await ended;
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
