import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Problem } from '../problem.ts';
import { exportLine } from './export-file.ts';
import type { ChainedEvent, Seal } from './seal.ts';
import type { ChainSource, SealAndRows } from './verify-chain.ts';

/** Reads an export. @throws Problem invalid_request for a line that is none of an export */
export function createFileSource(file: Readable): ChainSource {
  const removals: Seal[] = [];
  async function* seals(): AsyncGenerator<SealAndRows> {
    let number = 0;
    let rows: ChainedEvent[] = [];
    let current: Omit<SealAndRows, 'rows'> | undefined;
    for await (const line of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (line === '') continue;
      const read = parse(line, number);
      if ('removal' in read) {
        removals.push(read.removal);
        continue;
      }
      if ('event' in read) {
        rows.push(read.event);
        continue;
      }
      if (current) yield { ...current, rows: once(rows) };
      current = { seal: read.seal };
      rows = [];
    }
    if (current) yield { ...current, rows: once(rows) };
  }
  // An event of another place in the file is named there as inserted.
  return { seals, elsewhere: async () => [], removals: async () => removals };
}

async function* once(rows: readonly ChainedEvent[]): AsyncGenerator<readonly ChainedEvent[]> {
  yield rows;
}

function parse(line: string, number: number) {
  const refusal = (cause: unknown) =>
    new Problem('invalid_request', {
      detail: `line ${number} is no line of \`symbolon audit export\``,
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw refusal(error);
  }
  const read = exportLine.safeParse(value);
  if (!read.success) throw refusal(read.error);
  return read.data;
}
