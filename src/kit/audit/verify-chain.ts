import type { EventMark } from '../events/event-mark.ts';
import { checkLink, checkRows, equal } from './check-seal.ts';
import type { Finding, Head } from './finding.ts';
import { Removals } from './removal.ts';
import { type ChainedEvent, noHash, type Seal, type SealSigner } from './seal.ts';

/** The chain and its events, in the database or in a file. */
export interface ChainSource {
  /** Returns the seals in order, each with the rows at its place. */
  seals(): AsyncIterable<SealAndRows>;
  elsewhere(ids: readonly string[]): Promise<readonly ChainedEvent[]>;
  /** Returns the seals about removals by policy, which come later than what they are about. It is asked at the first seal. */
  removals(): Promise<readonly Seal[]>;
  /** Returns contradictions that are seen only after all seals, such as rows of no seal. */
  after?(last: Seal | undefined): AsyncIterable<Finding>;
}

export interface SealAndRows {
  readonly seal: Seal;
  readonly rows: AsyncIterable<readonly ChainedEvent[]>;
}

export interface Verification {
  readonly source: ChainSource;
  /** Undefined: the chain of hashes alone is checked. */
  readonly signer: SealSigner | undefined;
  readonly heads: readonly Head[];
  /** True if the walk does not begin with the first seal. */
  readonly partial?: boolean;
  readonly mark?: Pick<EventMark, 'proves'> | undefined;
  readonly onEvent?: (event: ChainedEvent) => void;
  readonly onSeal?: (seal: Seal) => void;
}

export interface Summary {
  seals: number;
  events: number;
  first: Seal | undefined;
  last: Seal | undefined;
  /** The last seal with a signature of a configured key. It vouches for all seals before it. */
  proven: Seal | undefined;
  /** Sentences that are no contradictions. */
  readonly notes: string[];
}

/** Walks the chain. Yields each contradiction, and returns what was walked. Its memory does not grow with the chain. */
export async function* verifyChain(verification: Verification): AsyncGenerator<Finding, Summary> {
  const { source, signer, mark, partial = false, onEvent, onSeal } = verification;
  const summary: Summary = {
    seals: 0,
    events: 0,
    first: undefined,
    last: undefined,
    proven: undefined,
    notes: [],
  };
  const heads = new HeadsSought(verification.heads);
  const cuts: Seal[] = [];
  let removals: Removals | undefined;
  /** The hashes of the seals about removals that the chain has. */
  const walked = new Map<bigint, Uint8Array>();
  for await (const { seal, rows } of source.seals()) {
    summary.first ??= seal;
    removals ??= new Removals(await source.removals());
    yield* checkLink(seal, summary.last, signer);
    if (signer?.check(seal) === 'valid') summary.proven = seal;
    if (seal.kind === 'restored') summary.notes.push(restoredNote(seal));
    if (seal.kind === 'truncated') cuts.push(seal);
    if (seal.kind === 'removed') summary.notes.push(removedNote(seal));
    if (seal.kind === 'removed' || seal.kind === 'truncated') walked.set(seal.seq, seal.hash);
    heads.see(seal);
    const firstClosedAt = summary.first.closedAt;
    yield* checkRows({ seal, rows, firstClosedAt, elsewhere: source.elsewhere, removals, onEvent, mark });
    summary.last = seal;
    summary.seals += 1;
    summary.events += seal.events;
    onSeal?.(seal);
  }
  for (const { seq } of removals?.doubtful(walked, signer) ?? []) yield doubtful(seq);
  if (!partial) yield* checkBeginning(summary, cuts);
  if (signer && summary.last && summary.proven !== summary.last) yield unproven(summary, summary.last);
  yield* heads.missing();
  if (source.after) yield* source.after(summary.last);
  return summary;
}

/** Looks for heads that are known from outside. */
class HeadsSought {
  readonly #sought: Head[];
  #restored: Date | undefined;
  #deletedTo = 0n;

  constructor(heads: readonly Head[]) {
    this.#sought = [...heads];
  }

  see(seal: Seal): void {
    if (seal.kind === 'restored') this.#restored = seal.closedAt;
    if (seal.kind === 'truncated') this.#deletedTo = BigInt(String(seal.note.to));
    const hash = Buffer.from(seal.hash).toString('hex');
    const at = this.#sought.findIndex((head) => hash.startsWith(head.hash));
    if (at >= 0) this.#sought.splice(at, 1);
  }

  *missing(): Generator<Finding> {
    for (const { seq, hash, closedAt, from } of this.#sought) {
      // A restored backup lacks the seals after it, and says so in a signed seal.
      if (closedAt && this.#restored && closedAt < this.#restored) continue;
      if (seq !== undefined && seq <= this.#deletedTo) continue;
      const text = `the head ${hash.slice(0, 16)}… of ${from} is not in the chain: its end was cut off, or a backup was restored without \`symbolon restored\``;
      yield { kind: 'head', ...(seq !== undefined && { seal: String(seq) }), text };
    }
  }
}

function* checkBeginning({ first, notes }: Summary, cuts: readonly Seal[]): Generator<Finding> {
  if (!first || (first.seq === 1n && equal(first.prev, noHash))) return;
  const before = Buffer.from(first.prev).toString('hex');
  const cut = cuts.find(({ note }) => note.hash === before && note.to === String(first.seq - 1n));
  if (cut)
    notes.push(
      `The seals up to ${first.seq - 1n} and their events were deleted by policy in seal ${cut.seq}.`,
    );
  else
    yield {
      kind: 'seal',
      seal: String(first.seq),
      text: 'the beginning of the chain is missing, and no seal says that it was deleted by policy',
    };
}

function unproven({ proven }: Summary, { seq, keyId }: Seal): Finding {
  const from = proven ? proven.seq + 1n : 1n;
  const text = `the seals ${from} to ${seq} are not signed with a configured key (the last names ${JSON.stringify(keyId.slice(0, 64))})`;
  return { kind: 'seal', seal: String(seq), text };
}

function doubtful(seq: bigint): Finding {
  const text = 'it excuses removed events, and is neither in the chain as it was read nor signed by us';
  return { kind: 'seal', seal: String(seq), text };
}

function removedNote({ seq, note }: Seal): string {
  const what = Array.isArray(note.types) ? `events of the types ${note.types.join(', ')}` : 'events';
  return `Seal ${seq}: ${String(note.events)} ${what} up to ${String(note.until)} were removed by policy.`;
}

function restoredNote({ seq, closedAt, note }: Seal): string {
  return `Seal ${seq} of ${closedAt.toISOString()}: the database was restored, or a standby took over (noted by ${String(note.by)}).`;
}
