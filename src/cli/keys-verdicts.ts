import { inWords, type KeyUse } from '../kit/keys/key-census.ts';

export interface Verdicts {
  readonly lines: readonly string[];
  /** No key but the current one seals anything that lasts. */
  readonly done: boolean;
}

/** Which keys can be retired, and what stands against the others. `passing`: names of what ends by itself. */
export function createVerdicts(uses: readonly KeyUse[], passing: readonly string[]): Verdicts {
  const others = uses.filter(({ standing }) => standing !== 'current');
  const lasts = ({ seals }: KeyUse) => [...seals.keys()].some((name) => !passing.includes(name));

  const verdict = (use: KeyUse): string => {
    const { id, standing, seals, total } = use;
    const what = inWords(seals);
    if (standing === 'missing') return `${id || '(damaged)'} is missing: it seals ${what}.`;
    if (total === 0) return `${id} seals nothing any more and can be retired.`;
    if (!lasts(use)) return `${id} can be retired in ten minutes, when this has ended: ${what}.`;
    return `${id} still seals ${what}. Does a process write with it? Restart that, then run this again.`;
  };

  return { lines: others.map(verdict), done: !others.some(lasts) };
}
