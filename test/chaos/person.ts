import { setTimeout as pause } from 'node:timers/promises';
import type { App, AppTokens } from './app.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

/** A person who has signed in, and the app that acts for them. */
export interface Person {
  /** The person's id at the provider. */
  readonly user: string;
  userId: string;
  identityId: string;
  tokens: AppTokens;
  /** An operator revokes the grant; the person does not sign in again. */
  revoked: boolean;
  arriving: boolean;
  deaths: Death[];
}

export interface Death {
  readonly at: Date;
  readonly reason: string;
}

export interface Cast {
  readonly stage: Stage;
  readonly app: App;
  readonly tally: Tally;
}

/** Milliseconds, enough for a long outage and the faults around it. */
const longestArrival = 900_000;

/** Signs in, and retries while brokers fail and restart. */
export async function arrive({ stage, app, tally }: Cast, user: string): Promise<Person> {
  const begun = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      const tokens = await app.signIn(user);
      const me = await whoAmI(stage, tokens);
      tally.add('sign-ins');
      return { user, tokens, ...me, revoked: false, arriving: false, deaths: [] };
    } catch (error) {
      tally.add('sign-ins cut short');
      const { message } = error as Error;
      // Each kind of trouble is known by its status.
      if (/\b500\b/.test(message))
        tally.evidence('!an unforeseen error', `${new Date().toISOString()} ${message}`);
      tally.add(`cut short: ${message.slice(0, 36)}`);
      if (performance.now() - begun > longestArrival) throw error;
      await pause(Math.min(100 * tries, 3000));
    }
  }
}

/** Signs the same person in at the provider again: a new grant replaces the old one. */
export async function arriveAgain(cast: Cast, person: Person): Promise<void> {
  if (person.revoked) return;
  person.arriving = true;
  try {
    const { tokens, identityId, userId } = await arrive(cast, person.user);
    if (identityId !== person.identityId || userId !== person.userId)
      cast.tally.evidence('!one-user: second user for one person', `${person.userId} ${userId}`);
    person.tokens = tokens;
  } finally {
    person.arriving = false;
  }
}

async function whoAmI({ issuer }: Stage, { accessToken }: AppTokens) {
  const answer = await fetch(`${issuer}/v1/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  if (answer.status !== 200) throw new Error(`/v1/me: ${answer.status} ${await answer.text()}`);
  const { id, identities } = (await answer.json()) as { id: string; identities: readonly { id: string }[] };
  const [identity] = identities;
  if (!identity) throw new Error('signed in without an identity yet');
  return { userId: id, identityId: identity.id };
}
