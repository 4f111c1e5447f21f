/** A person of a deployment, with accounts at one or two providers. */
export interface Member {
  /** The person's name at the lab. */
  readonly person: string;
  readonly accounts: readonly [first: string, ...others: string[]];
  readonly part: Part | undefined;
}

/**
 * The parts that some people play. `late`: signs up there after the first import. `early`: signs in here before the
 * import, and is banned there. `paroled`: banned there until a time that has passed. `leaver`: has removed the app at
 * the provider. `mover`: adds an account there after the first import. `narrower`: has signed in there with a wider scope
 * before.
 */
export type Part = 'late' | 'early' | 'banned' | 'paroled' | 'leaver' | 'mover' | 'narrower';

const parts: Readonly<Record<number, Part>> = {
  1: 'early',
  2: 'banned',
  3: 'paroled',
  14: 'leaver',
  16: 'mover',
  17: 'mover',
  29: 'narrower',
  36: 'late',
  37: 'late',
  38: 'late',
  39: 'late',
};

/** Returns forty people at these providers, fourteen of them with a second account. */
export function membersFrom(first: number, names: readonly string[]): readonly Member[] {
  const at = (index: number) => names[index % names.length] ?? '';
  return Array.from({ length: 40 }, (_, index) => ({
    person: `visitor-${first + index}`,
    accounts: index % 3 === 0 ? [at(index), at(index + 5)] : [at(index)],
    part: parts[index],
  }));
}

/** The account that a mover adds. */
export const added = 'gitlab';

/** The wider scope of GitHub, where the newest token has the scopes of its own request. */
export const wide = 'repo';
