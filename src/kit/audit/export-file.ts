import { z } from 'zod';
import { contentColumns } from '../events/event-content.ts';
import type { ChainedEvent, Seal } from './seal.ts';
import type { ChainSource } from './verify-chain.ts';

// One JSON object in each line: copies of the seals about removals by policy, for a reader needs them before what they are
// about; then a seal, the events at its place, the next seal.

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const time = z.iso.datetime().transform((text) => new Date(text));
const text = z.string().nullish();

const sealLine = z.object({
  seq: z
    .string()
    .regex(/^\d{1,19}$/)
    .transform(BigInt),
  kind: z.enum(['events', 'restored', 'truncated', 'removed']),
  closedAt: time,
  events: z.int(),
  lines: base64,
  endTx: z.string(),
  endId: z.string(),
  note: z.record(z.string(), z.unknown()),
  prev: base64,
  hash: base64,
  keyId: z.string(),
  signature: base64,
});
const columns = Object.fromEntries(contentColumns.map((name) => [name, text]));
const eventLine = z.object({
  ...columns,
  id: z.string(),
  type: z.string(),
  at: time,
  detail: z.unknown(),
  mark: base64.nullable(),
});

export const exportLine = z.union([
  z.object({ removal: sealLine }),
  z.object({ seal: sealLine }),
  z.object({ event: eventLine }),
]);

/** Yields the text of an export. */
export async function* exportChain(source: Pick<ChainSource, 'seals' | 'removals'>): AsyncGenerator<string> {
  for (const seal of await source.removals()) yield `${JSON.stringify({ removal: printed(seal) })}\n`;
  for await (const { seal, rows } of source.seals()) {
    yield `${JSON.stringify({ seal: printed(seal) })}\n`;
    for await (const page of rows) yield page.map((event) => `${eventText(event)}\n`).join('');
  }
}

function printed({ seq, lines, prev, hash, signature, ...seal }: Seal) {
  const bytes = Object.entries({ lines, prev, hash, signature });
  return {
    seq: String(seq),
    ...seal,
    ...Object.fromEntries(bytes.map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
  };
}

function eventText({ at, mark, detail, ...event }: ChainedEvent): string {
  const content = contentColumns.map((name) => [name, event[name] ?? undefined]);
  const code = mark === null ? null : Buffer.from(mark).toString('base64');
  return JSON.stringify({
    event: { ...Object.fromEntries(content), at: at.toISOString(), detail, mark: code },
  });
}
