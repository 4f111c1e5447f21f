import type { RefreshFamily } from '../../src/lab/refresh-history.ts';
import type { End } from './fleet.ts';
import type { Harvest } from './harvest.ts';
import type { Person } from './person.ts';

/** A grant that died, with the rotation of which the vault never learnt, why, and what the vault said. */
export interface Fate {
  readonly person: Person;
  readonly family: RefreshFamily;
  readonly cause: 'crash window' | 'answer lost on the way' | 'ended by an operator' | 'unexplained';
  /** What the identity was told to be, or that a sign-in came first. */
  readonly became: string;
  readonly detail: string;
}

const losing = new Set(['timeout', 'reset', '500', 'html']);
/** Milliseconds: a slow answer, and a save that is tried again because its connection was killed. */
const longestSave = 3000;

/** Each family that died before it was replaced, explained. */
export function fatesOf(people: readonly Person[], reaped: Harvest, killed: readonly End[]): readonly Fate[] {
  const byUser = Map.groupBy(reaped.families, ({ user }) => user);
  return people.flatMap((person) => {
    const families = byUser.get(person.user) ?? [];
    return families.flatMap((family, index) => {
      const death = deathOf(person, reaped, { from: begin(family), to: begin(families[index + 1]) });
      if (!family.killed && !death) return [];
      const { cause, detail } = causeOf(person, family, { reaped, killed });
      return [{ person, family, cause, became: death?.reason ?? 'replaced by a sign-in first', detail }];
    });
  });
}

function begin(family: RefreshFamily | undefined): number {
  return family?.tokens[0] ? Date.parse(family.tokens[0].issued_at) : Number.POSITIVE_INFINITY;
}

function deathOf(person: Person, { deaths }: Harvest, { from, to }: { from: number; to: number }) {
  const noted = deaths.filter(({ identityId }) => identityId === person.identityId);
  return [...noted, ...person.deaths].find(({ at }) => at.getTime() >= from && at.getTime() < to);
}

function causeOf(
  person: Person,
  { tokens }: RefreshFamily,
  { reaped, killed }: { reaped: Harvest; killed: readonly End[] },
): Pick<Fate, 'cause' | 'detail'> {
  const last = tokens.at(-1);
  if (person.revoked) return { cause: 'ended by an operator', detail: '' };
  if (!last || tokens.length === 1) return { cause: 'unexplained', detail: 'it was never rotated' };
  if (last.struck_by !== null && losing.has(last.struck_by)) {
    return { cause: 'answer lost on the way', detail: last.struck_by };
  }
  const rotatedAt = Date.parse(last.issued_at);
  // The provider's clock and PostgreSQL's are one here; its milliseconds are cut off.
  const asker = reaped.intents.findLast(
    ({ identityId, at }) => identityId === person.identityId && at.getTime() <= rotatedAt + 1,
  );
  const end = killed.find(({ label }) => label === asker?.label);
  const after = (end?.at.getTime() ?? 0) - rotatedAt;
  // Killed before the provider got to work, or before the save that follows it at once.
  if (asker && end && end.at >= asker.at && after < longestSave) {
    return { cause: 'crash window', detail: `${end.label}, ${after} ms after the rotation` };
  }
  return {
    cause: 'unexplained',
    detail: `rotated at ${last.issued_at} for ${asker?.label ?? 'nobody'}, which lived on`,
  };
}
