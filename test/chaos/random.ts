import { createHash } from 'node:crypto';

/** A repeatable random generator: the same seed and purpose give the same choices in the same order. */
export interface Random {
  between(least: number, most: number): number;
  pick<T>(list: readonly T[]): T | undefined;
  /** Chooses by weight. */
  weighed<T extends { readonly weight: number }>(list: readonly T[]): T | undefined;
  chance(share: number): boolean;
}

export function createRandom(seed: string, purpose: string): Random {
  let count = 0;
  const next = () => {
    count += 1;
    return createHash('sha256').update(`${seed} ${purpose} ${count}`).digest().readUInt32BE() / 2 ** 32;
  };
  return {
    between: (least, most) => least + next() * (most - least),
    pick: (list) => list[Math.floor(next() * list.length)],
    weighed(list) {
      let left = next() * list.reduce((sum, { weight }) => sum + weight, 0);
      return list.find(({ weight }) => {
        left -= weight;
        return left < 0;
      });
    },
    chance: (share) => next() < share,
  };
}
