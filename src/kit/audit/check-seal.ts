import type { EventMark } from '../events/event-mark.ts';
import type { Finding } from './finding.ts';
import type { Removals } from './removal.ts';
import {
  type ChainedEvent,
  digestOf,
  hashOfSeal,
  keyOf,
  type Line,
  readLines,
  type Seal,
  type SealSigner,
} from './seal.ts';

/** A rolling deployment is over by then, counted from the first seal of the chain. */
const longestDeployment = 24 * 3_600_000;

/** Returns the contradictions within a seal, and to the seal before. `signer` is undefined if the keys are not at hand. */
export function checkLink(seal: Seal, before: Seal | undefined, signer: SealSigner | undefined): Finding[] {
  const found: Finding[] = [];
  const say = (text: string) => found.push({ kind: 'seal', seal: String(seal.seq), text });
  if (before && seal.seq !== before.seq + 1n)
    say(`the seals ${before.seq + 1n} to ${seal.seq - 1n} are missing`);
  else if (before && !equal(seal.prev, before.hash)) say('it does not follow from the seal before');
  if (!equal(hashOfSeal(seal), seal.hash)) say('it was changed: its hash does not match');
  else if (signer?.check(seal) === 'invalid') say('its signature is not of our key');
  return found;
}

export interface SealedRows {
  readonly seal: Seal;
  readonly firstClosedAt: Date;
  /** The rows at the place of this seal. */
  readonly rows: AsyncIterable<readonly ChainedEvent[]>;
  /** Returns rows by their ids, from any place. */
  readonly elsewhere: (ids: readonly string[]) => Promise<readonly ChainedEvent[]>;
  /** Removals by policy, which later seals say. */
  readonly removals: Pick<Removals, 'covers'>;
  readonly onEvent?: ((event: ChainedEvent) => void) | undefined;
  /** Checks marks again: the process that closed the seal may have lacked the key of another. */
  readonly mark?: Pick<EventMark, 'proves'> | undefined;
}

/** Compares the rows with the lines of their seal. */
export async function* checkRows(sealed: SealedRows): AsyncGenerator<Finding> {
  const { seal, rows, elsewhere, removals, onEvent, mark } = sealed;
  const lines = readLines(seal.lines);
  const late = seal.closedAt.getTime() - sealed.firstClosedAt.getTime() > longestDeployment;
  for await (const page of rows) {
    for (const row of page) {
      const key = keyOf(row.id);
      const line = lines.get(key);
      lines.delete(key);
      onEvent?.(row);
      const found = line ? compare(row, line, { late, mark }) : inserted;
      if (found) yield about(seal, row, found);
    }
  }
  const left = [...lines.values()];
  const ids = left.flatMap(({ id }) => id ?? []);
  const moved = new Map((ids.length > 0 ? await elsewhere(ids) : []).map((row) => [row.id, row]));
  for (const line of left) {
    const row = line.id === undefined ? undefined : moved.get(line.id);
    if (row) {
      const found = compare(row, line, { late, mark }) ?? place;
      yield about(seal, row, found);
    } else if (!removals.covers(seal, line.place)) {
      const text = 'the event was removed';
      yield {
        kind: 'removed',
        event: line.id ?? '(an id that is none of ours)',
        seal: String(seal.seq),
        text,
      };
    }
  }
}

type Found = Pick<Finding, 'kind' | 'text'>;

export const inserted: Found = {
  kind: 'inserted',
  text: 'the event was inserted later: the seal of its place does not have it',
};
const place: Found = {
  kind: 'moved',
  text: 'the event has another place in the feed than when it was sealed',
};

interface Doubts extends Pick<SealedRows, 'mark'> {
  /** The seal is from a time in which every writer sets marks. */
  readonly late: boolean;
}

function compare(row: ChainedEvent, { digest, standing }: Line, { late, mark }: Doubts): Found | undefined {
  if (!digestOf(row).equals(digest)) return { kind: 'changed', text: 'the event was changed' };
  if (standing === 'forged' && !(row.mark && mark?.proves(row, row.mark)))
    return { kind: 'forged', text: 'another hand wrote or changed the event before it was sealed' };
  if (standing === 'unmarked' && late)
    return { kind: 'unmarked', text: 'the event has no mark: an earlier version or another hand wrote it' };
  return undefined;
}

export function about(seal: Seal, row: ChainedEvent, found: Found): Finding {
  return { ...found, event: row.id, type: row.type, at: row.at.toISOString(), seal: String(seal.seq) };
}

export function equal(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
