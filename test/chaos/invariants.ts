import { type Ends, type Fate, longestCall } from './fates.ts';
import type { Harvest } from './harvest.ts';
import type { Person } from './person.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

// The invariants of a run with faults, each counted under a name with `!` where it does not hold.

export interface Finding {
  readonly tally: Tally;
  readonly reaped: Harvest;
  readonly fates: readonly Fate[];
}

/** Checks that each stored refresh token is the newest that the provider issued, and works, or that the identity says why not. */
export function keptIsNewest({ tally, reaped }: Finding): void {
  const byHash = new Map(
    reaped.families.flatMap((family) =>
      family.tokens.map((token) => [token.hash, { family, token }] as const),
    ),
  );
  for (const { person, entry, hash } of reaped.kept) {
    if (person.revoked && entry.state !== 'revoked')
      tally.evidence('!withdrawn: withdrawn, and kept as', `${person.identityId} ${entry.state}`);
    if (entry.state !== 'active') {
      if (!entry.stateReason) tally.evidence('!newest: dead without a reason', person.identityId);
      continue;
    }
    const found = hash === undefined ? undefined : byHash.get(hash);
    const newest = found?.family.tokens.at(-1)?.hash === hash;
    if (newest && found?.token.live) tally.add('kept and newest');
    else tally.evidence('!newest: kept is not the newest', `${person.identityId} ${entry.lastError ?? ''}`);
  }
}

/**
 * Checks that no refresh token is sent twice after it was answered, except for the one retry after a loss. A
 * retry that was lost too (by a fault, or because its broker was killed before it could record the refusal)
 * is a further loss.
 */
export function shownOnce({ tally, reaped, fates }: Finding, ends: Ends): void {
  for (const { user, tokens } of reaped.families) {
    for (const [index, { replays, replays_struck, issued_at }] of tokens.entries()) {
      const excess = replays - replays_struck - 1;
      tally.add('tries after a loss that were lost in turn', replays_struck);
      if (excess <= 0) continue;
      const rotatedAt = Date.parse(tokens[index + 1]?.issued_at ?? issued_at);
      const askers = askersAfter(rotatedAt, { user, reaped, ends });
      const killed = askers.filter(({ fate }) => fate === 'killed').length;
      // The first of them may be the one whose answer was lost with its process; it is the loss, not a retry.
      const excused = askers[0]?.fate === 'killed' && askers[0].at <= rotatedAt ? killed - 1 : killed;
      tally.add('tries after a loss that were lost in turn', Math.min(excess, excused));
      if (excess > excused) {
        const told = askers.map(({ at, label, fate }) => `${at - rotatedAt} ms ${label} ${fate}`).join(', ');
        tally.evidence('!replay: shown more than once after a loss', `${user}: ${replays} times (${told})`);
      }
    }
  }
  for (const { cause, detail, person, became } of fates) {
    if (cause === 'unexplained')
      tally.evidence('!unexplained loss', `${person.identityId} ${became}: ${detail}`);
  }
}

/**
 * The processes that sent this token set from its rotation on, and whether they lived to record the answer.
 */
function askersAfter(
  rotatedAt: number,
  { user, reaped, ends }: { readonly user: string; readonly reaped: Harvest; readonly ends: Ends },
) {
  const identityId = reaped.kept.find(({ person }) => person.user === user)?.person.identityId;
  const mine = reaped.intents.filter((intent) => intent.identityId === identityId);
  const first = mine.findLastIndex(({ at }) => at.getTime() <= rotatedAt + 1);
  return mine.slice(Math.max(0, first), first + 6).map(({ label, at }) => {
    const end = ends.killed.find((one) => one.label === label);
    const after = end && end.at.getTime() - at.getTime();
    const fate = after !== undefined && after >= 0 && after < longestCall ? 'killed' : 'lived on';
    return { at: at.getTime(), label, fate };
  });
}

/** A grant may have ended only for a true reason: a lost rotation, or an operator. */
export function deadForAReason({ tally, fates }: Finding): void {
  const wanted = new Set(['rotation_lost', 'reuse_detected', 'replaced by a sign-in first']);
  for (const { cause, became, person, detail } of fates) {
    const lost = cause === 'crash window' || cause === 'answer lost on the way';
    if (lost && !wanted.has(became)) {
      tally.evidence('!a lost rotation under another name', `${person.identityId} ${became} (${detail})`);
    }
  }
}

/** Checks in the database for second users, second successors, and rows that outlived their time. */
export async function askDatabase(
  { pool }: Stage,
  { tally }: Finding,
  people: readonly Person[],
): Promise<void> {
  const count = async (name: string, text: string) => {
    const { rows } = await pool.query<{ what: string }>(text);
    for (const { what } of rows) tally.evidence(name, what);
  };
  const { rows } = await pool.query<{ users: number; identities: number }>(
    'SELECT (SELECT count(*)::int FROM "user") AS users, (SELECT count(*)::int FROM identity) AS identities',
  );
  const [{ users = 0, identities = 0 } = {}] = rows;
  if (users !== people.length || identities !== people.length) {
    tally.evidence('!one-user: users or identities too many', `${users} users, ${identities} identities`);
  }
  await count(
    '!successor: two live successors',
    `SELECT grant_id AS what FROM artifact WHERE kind = 'RefreshToken' AND consumed_at IS NULL
     GROUP BY grant_id HAVING count(*) > 1`,
  );
  await count(
    '!expiry: a lease outlived its time',
    `SELECT identity_id || ' ' || lease_until AS what FROM vault_entry
     WHERE state = 'active' AND lease_until < now() - interval '90 seconds'`,
  );
  await count(
    '!expiry: an intent outlived its time',
    `SELECT identity_id || ' version ' || version || ' tried ' || attempts || ' times, since ' || started_at AS what
     FROM refresh_intent WHERE started_at < now() - interval '60 seconds'`,
  );
  await count(
    '!expiry: an attempt or code outlived its time',
    `SELECT 'login_attempt' AS what FROM login_attempt WHERE expires_at < now() - interval '3 minutes'
     UNION ALL SELECT kind FROM artifact WHERE expires_at < now() - interval '3 minutes'`,
  );
}

/** Checks that every row opens, under the key and in the place that it was sealed for. */
export function everyRowOpens({ tally, reaped }: Finding, people: readonly Person[]): void {
  for (const { opens, person } of reaped.kept) {
    if (!opens) tally.evidence('!opens: a row does not open', person.identityId);
  }
  const missing = people.length - reaped.kept.length;
  if (missing > 0) tally.add('!opens: a row is missing', missing);
}
