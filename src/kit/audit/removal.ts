import { hashOfSeal, readLines, type Seal, type SealSigner } from './seal.ts';

// A seal of the kind `removed` names the events that were removed by policy while their seals stay: a bit for each line.

/** The marked lines of seals, by the number of the seal. */
export type Marks = ReadonlyMap<bigint, Uint8Array>;

const headLength = 12;

/** Returns the places of these keys in the lines of a seal as bits; undefined if it has none of them. */
export function marksOf(lines: Uint8Array, keys: ReadonlySet<string>): Uint8Array | undefined {
  const all = [...readLines(lines).keys()];
  const bits = new Uint8Array(Math.ceil(all.length / 8));
  let found = false;
  for (const [place, key] of all.entries()) {
    if (!keys.has(key)) continue;
    found = true;
    bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
  }
  return found ? bits : undefined;
}

export function packMarks(marks: Marks): string {
  const parts = [...marks].map(([seq, bits]) => {
    const head = Buffer.alloc(headLength);
    head.writeBigUInt64BE(seq);
    head.writeUInt32BE(bits.length, 8);
    return Buffer.concat([head, bits]);
  });
  return Buffer.concat(parts).toString('base64');
}

function* unpackMarks(text: string): Generator<readonly [bigint, Uint8Array]> {
  const bytes = Buffer.from(text, 'base64');
  for (let at = 0; at + headLength <= bytes.length; ) {
    const end = at + headLength + bytes.readUInt32BE(at + 8);
    yield [bytes.readBigUInt64BE(at), bytes.subarray(at + headLength, end)];
    at = end;
  }
}

/** The removals by policy, which seals that come later in the chain say. */
export class Removals {
  readonly #marks = new Map<bigint, Uint8Array[]>();
  readonly #believed = new Map<bigint, Seal>();
  /** Those that excuse a missing event and were not yet met in the chain. */
  readonly #used = new Set<bigint>();
  readonly #from = new Map<Uint8Array, bigint>();
  #deletedTo = 0n;
  #cut: bigint | undefined;

  constructor(seals: readonly Seal[]) {
    for (const seal of seals) {
      this.#believed.set(seal.seq, seal);
      if (seal.kind === 'truncated') {
        this.#deletedTo = BigInt(String(seal.note.to));
        this.#cut = seal.seq;
        continue;
      }
      for (const [seq, bits] of unpackMarks(String(seal.note.marks))) {
        const known = this.#marks.get(seq) ?? [];
        this.#marks.set(seq, [...known, bits]);
        this.#from.set(bits, seal.seq);
      }
    }
  }

  /** Returns whether the line of a seal was removed by policy. */
  covers({ seq }: Pick<Seal, 'seq'>, place: number): boolean {
    if (seq <= this.#deletedTo && this.#cut !== undefined) {
      this.#used.add(this.#cut);
      return true;
    }
    const bits = this.#marks.get(seq)?.find((each) => ((each[place >> 3] ?? 0) >> (place & 7)) & 1);
    if (bits) this.#used.add(this.#from.get(bits) ?? 0n);
    return bits !== undefined;
  }

  /** Returns the seals that excuse a missing event, and are neither in the walked chain nor signed by us. */
  doubtful(walked: ReadonlyMap<bigint, Uint8Array>, signer: SealSigner | undefined): readonly Seal[] {
    return [...this.#used].flatMap((seq) => {
      const seal = this.#believed.get(seq);
      if (!seal) return [];
      const whole = Buffer.compare(hashOfSeal(seal), seal.hash) === 0;
      const met = walked.get(seq);
      // Without keys, the hashes alone are checked, and an export may end before the seal.
      const proven = met ? Buffer.compare(met, seal.hash) === 0 : !signer || signer.check(seal) === 'valid';
      return whole && proven ? [] : seal;
    });
  }
}
