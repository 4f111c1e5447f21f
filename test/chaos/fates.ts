import type { RefreshFamily } from '../../src/lab/refresh-history.ts';
import type { End } from './fleet.ts';
import type { Harvest } from './harvest.ts';
import type { Person } from './person.ts';
import type { Outage } from './stage.ts';
import { longPause } from './trouble.ts';

/**
 * A grant that ended, the rotation that the vault missed, the reason, and the status that the vault stated.
 */
export interface Fate {
  readonly person: Person;
  readonly family: RefreshFamily;
  readonly cause: 'crash window' | 'answer lost on the way' | 'ended by an operator' | 'unexplained';
  /** The status of the identity, or that a later sign-in came first. */
  readonly became: string;
  readonly detail: string;
}

export interface Ends {
  readonly killed: readonly End[];
  readonly retired: readonly End[];
  readonly paused: readonly End[];
  readonly outages: readonly Outage[];
}

const losing = new Set(['timeout', 'reset', '500', 'html']);
/** Milliseconds for a slow answer, and a save that is retried because its connection was killed. */
const longestSave = 3000;
/** Milliseconds that a call may take until its result is recorded. */
export const longestCall = 12_000;
/** Milliseconds after its rotation at which a token set that the database does not accept is on disk. */
const longestSpill = 6000;

/** Explains each grant that ended: by the provider's records, or by the vault's if the provider has none. */
export function fatesOf(people: readonly Person[], reaped: Harvest, ends: Ends): readonly Fate[] {
  const byUser = Map.groupBy(reaped.families, ({ user }) => user);
  return people.flatMap((person) => {
    const families = byUser.get(person.user) ?? [];
    const deaths = deathsOf(person, reaped);
    return families.flatMap((family, index) => {
      const next = families[index + 1];
      const death = deaths.find(({ at }) => at >= begin(family) && at < (next ? begin(next) : Infinity));
      // A sign-in may be pending while the previous grant ends.
      const late = family.killed ? deaths.find(({ at }) => at >= begin(family)) : undefined;
      // Or it belongs to a sign-in that was interrupted, so the vault never stored it.
      const anothers = death && families.some((other) => diedOf(other, death.at, ends.outages));
      if (!family.killed && (!death || anothers)) return [];
      const became = (death ?? late)?.reason ?? 'replaced by a sign-in first';
      return [{ person, family, became, ...causeOf(person, family, { reaped, ends }) }];
    });
  });
}

/** The end was recorded after the provider had ended this family, as soon as the database was writable. */
function diedOf({ killed_at }: RefreshFamily, death: number, outages: readonly Outage[]): boolean {
  if (killed_at === null) return false;
  const killed = Date.parse(killed_at);
  const outage = outages.find(
    ({ from, to }) => from.getTime() < killed + longestCall && to.getTime() > killed,
  );
  return death >= killed && death < Math.max(killed, outage?.to.getTime() ?? 0) + longestCall;
}

function begin({ tokens }: RefreshFamily): number {
  return Date.parse(tokens[0]?.issued_at ?? '');
}

function deathsOf(person: Person, { deaths }: Harvest): readonly { at: number; reason: string }[] {
  const noted = deaths.filter(({ identityId }) => identityId === person.identityId);
  return [...noted, ...person.deaths].map(({ at, reason }) => ({ at: at.getTime(), reason }));
}

function causeOf(
  person: Person,
  { tokens }: RefreshFamily,
  { reaped, ends }: { reaped: Harvest; ends: Ends },
): Pick<Fate, 'cause' | 'detail'> {
  const last = tokens.at(-1);
  if (person.revoked) return { cause: 'ended by an operator', detail: '' };
  if (!last || tokens.length === 1) return { cause: 'unexplained', detail: 'it was never rotated' };
  if (last.struck_by !== null && losing.has(last.struck_by)) {
    return { cause: 'answer lost on the way', detail: last.struck_by };
  }
  const rotatedAt = Date.parse(last.issued_at);
  // The provider and PostgreSQL share one clock here; PostgreSQL's value is cut to milliseconds.
  const asker = reaped.intents.findLast(
    ({ identityId, at }) => identityId === person.identityId && at.getTime() <= rotatedAt + 1,
  );
  const end = ends.killed.find(({ label }) => label === asker?.label);
  const after = (end?.at.getTime() ?? 0) - rotatedAt;
  // A paused process reads the answer when it continues.
  const resumed = ends.paused.find(({ label, at }) => label === asker?.label && at.getTime() > rotatedAt);
  const answered = Math.max(rotatedAt, stoodStill(resumed, rotatedAt) ? (resumed?.at.getTime() ?? 0) : 0);
  const outage = ends.outages.find(
    ({ from, to }) => from.getTime() < answered + 2000 && to.getTime() > answered,
  );
  const saved = Math.min(
    Math.max(answered, outage?.to.getTime() ?? 0) + longestSave,
    answered + longestSpill,
  );
  // The broker was killed before the provider processed the request, or before the save right after it.
  if (asker && end && end.at >= asker.at && end.at.getTime() < saved) {
    return { cause: 'crash window', detail: `${end.label}, ${after} ms after the rotation` };
  }
  return {
    cause: 'unexplained',
    detail: `rotated at ${last.issued_at} for ${asker?.label ?? 'nobody'}, ${end ? `killed ${after} ms later` : 'which lived on'}${whatElse(asker?.label, ends)}`,
  };
}

/** The broker was paused before the answer to that rotation arrived. */
function stoodStill(resumed: End | undefined, rotatedAt: number): boolean {
  return resumed !== undefined && resumed.at.getTime() - rotatedAt < longPause.most + longestSave;
}

function whatElse(label: string | undefined, { retired, paused, outages }: Ends): string {
  const of = (list: readonly End[], what: string) =>
    list.filter((end) => end.label === label).map(({ at }) => `, ${what} ${at.toISOString()}`);
  const away = outages.map(({ from, to }) => `, database away ${from.toISOString()} to ${to.toISOString()}`);
  return [...of(retired, 'asked to end'), ...of(paused, 'went on'), ...away.slice(-2)].join('');
}
