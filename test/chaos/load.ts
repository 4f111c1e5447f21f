import { setTimeout as pause } from 'node:timers/promises';
import { again } from './again.ts';
import { createGate } from './gate.ts';
import { arriveAgain, type Cast, type Person } from './person.ts';
import type { Random } from './random.ts';
import { type Answer, retrieve } from './retrieve.ts';

export interface Load extends Cast {
  readonly random: Random;
  readonly isOver: () => boolean;
}

/** Milliseconds: brokers and database fail and recover, the latter after two minutes. */
const longestAbsence = 240_000;

const atOnce = createGate(36);
const signingIn = createGate(6);

/** Runs one person's app: the stored token expires, several requests want a valid one, again and again. */
export async function keepAsking(load: Load, person: Person): Promise<void> {
  const { random, tally, isOver } = load;
  await pause(random.between(0, 2000));
  while (!isOver() && !person.revoked) {
    if (random.chance(0.05)) await refreshOwnToken(load, person);
    await expire(load, person);
    // A person may sign in again while the stored token is being refreshed.
    const again = random.chance(0.02) ? signingIn(() => arriveAgain(load, person)) : undefined;
    const answer = await askUntilSettled(load, person, isOver);
    await again;
    if (answer?.kind === 'token') tally.add('forced refreshes');
    else if (answer && !person.revoked) await signingIn(() => arriveAgain(load, person));
  }
}

/** Marks the stored token as expired. */
export async function expire({ stage }: Cast, { identityId }: Person): Promise<void> {
  await stage.pool.query(
    `UPDATE vault_entry SET access_expires_at = now() - interval '1 second' WHERE identity_id = $1`,
    [identityId],
  );
}

/** Retries until there is a token or the grant has ended; undefined if the run is over before. */
export async function askUntilSettled(
  load: Omit<Load, 'isOver'>,
  person: Person,
  isOver: () => boolean,
): Promise<Answer | undefined> {
  for (;;) {
    const answer = await atOnce(() => askAround(load, person));
    if (answer.kind === 'dead') {
      person.deaths.push({ at: answer.since, reason: answer.reason });
      load.tally.add(`told dead: ${answer.reason}`);
    }
    if (answer.kind !== 'later') return answer;
    if (isOver()) return undefined;
    await pause(Math.min(answer.wait, 5000) + load.random.between(0, 200));
  }
}

/** Up to three brokers receive a request at the same moment. */
async function askAround(load: Omit<Load, 'isOver'>, person: Person): Promise<Answer> {
  const { stage, random, tally } = load;
  const brokers = stage.fleet.ready();
  const count = Math.round(random.between(1, 3));
  const chosen = Array.from({ length: count }, () => random.pick(brokers)?.url ?? stage.issuer);
  const answers = await Promise.all(
    chosen.map(async (url) => {
      const answer = await retrieve(person, url, tally);
      // The token is tried at once, not after the slowest answer, because it may expire.
      if (answer.kind === 'token' && !answer.late) await tryToken(load, person, answer.token);
      return answer;
    }),
  );
  const token = answers.find((answer) => answer.kind === 'token');
  const dead = answers.find(({ kind }) => kind === 'dead');
  return token ?? dead ?? answers[0] ?? { kind: 'later', wait: 100 };
}

/** The guarantee: a retrieved token works at the provider, and belongs to this person. */
async function tryToken({ stage, tally }: Cast, person: Person, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await again(() => fetch(`${stage.lab.url}/strict/userinfo`, { headers }));
  const { name } = (await response.json()) as { name?: string };
  const wanted = `Visitor ${person.user.slice('visitor-'.length)}`;
  if (response.status === 200 && name === wanted) return tally.add('tokens tried at the provider');
  // An operator has revoked the grant since the retrieval.
  if (response.status === 401 && person.revoked) return;
  tally.evidence('!handed out dead, or of another person', `${person.identityId} ${response.status} ${name}`);
}

/** The app's own refresh token rotates too; after a lost answer it is sent again, to another broker. */
async function refreshOwnToken({ app, stage, random, tally }: Load, person: Person): Promise<void> {
  const until = performance.now() + longestAbsence;
  while (performance.now() < until) {
    const broker = random.pick(stage.fleet.ready());
    const answer =
      broker && (await app.refresh(person.tokens.refreshToken, broker.url).catch(() => undefined));
    const body = (await answer?.json().catch(() => undefined)) as Record<string, string> | undefined;
    if (answer?.status === 200 && body?.access_token && body.refresh_token) {
      person.tokens = { accessToken: body.access_token, refreshToken: body.refresh_token };
      return tally.add('own refresh tokens rotated');
    }
    // A 200 without a body was cut off on the way.
    if (answer && answer.status !== 503 && answer.status !== 200) {
      return tally.evidence(
        '!own refresh token refused',
        `${person.userId} ${answer.status} ${JSON.stringify(body)}`,
      );
    }
    await pause(200);
  }
  tally.evidence('!own refresh token never rotated', person.userId);
}
