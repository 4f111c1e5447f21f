import { setTimeout as pause } from 'node:timers/promises';
import type { App, AppTokens } from '../chaos/app.ts';
import type { Random } from '../chaos/random.ts';
import type { Tally } from '../chaos/tally.ts';

/** People and their apps at work on the running brokers. */
export interface Visit {
  readonly app: App;
  readonly issuer: string;
  readonly adminToken: string;
  /** Returns one of the running brokers. */
  readonly urls: () => readonly string[];
  /** The URL at which the provider's tokens are tried. */
  readonly lab: string;
  readonly tally: Tally;
  readonly random: Random;
  readonly phase: () => string;
  /** Marks the stored token of a user as expired. */
  readonly expire: (userId: string) => Promise<void>;
}

export interface Visitor {
  readonly user: string;
  readonly userId: string;
  readonly tokens: AppTokens;
}

/** A revocation may take five seconds to reach all processes. */
const bound = 5_000;

export async function signIn(visit: Visit, user: string): Promise<Visitor> {
  const tokens = await visit.app.signIn(user);
  done(visit, 'sign-ins');
  const me = await call(visit, `${anyOf(visit)}/v1/me`, tokens.accessToken);
  return { user, tokens, userId: String(me.body.id) };
}

/** Runs one round of one person, each step at another broker than the previous one if there are two. */
export async function goRound(visit: Visit, visitor: Visitor): Promise<Visitor> {
  const { app, random } = visit;
  const [first, second] = pairOf(visit);
  await retrieve(visit, visitor, first);
  const renewed = await renew(visit, visitor, second);
  await retrieve(visit, renewed, first);
  await call(visit, `${second}/admin/v1/users/${visitor.userId}/identities`, visit.adminToken);
  done(visit, 'looks of an operator');
  if (random.chance(0.2)) await revoke(visit, await app.signIn(visitor.user));
  return renewed;
}

/** The token has expired, so the provider rotates each time. */
async function retrieve(visit: Visit, { tokens, user, userId }: Visitor, url: string): Promise<void> {
  await visit.expire(userId);
  const path = '/v1/me/identities/strict/token?min_ttl=20';
  const { status, body } = await call(visit, url + path, tokens.accessToken);
  if (status !== 200) return;
  const answer = await fetch(`${visit.lab}/strict/userinfo`, {
    headers: { authorization: `Bearer ${String(body.access_token)}` },
  });
  const { name } = (await answer.json()) as { name?: string };
  if (name === `Visitor ${user.slice('visitor-'.length)}`) done(visit, 'retrievals of a living token');
  else
    visit.tally.evidence('!a token that is dead, or of another person', `${user} ${answer.status} ${name}`);
}

async function renew(visit: Visit, visitor: Visitor, url: string): Promise<Visitor> {
  const answer = await visit.app.refresh(visitor.tokens.refreshToken, url);
  const body = (await answer.json()) as Record<string, unknown>;
  if (answer.status !== 200) {
    wrong(visit, `refresh ${answer.status} ${JSON.stringify(body)}`, answer.status);
    return visitor;
  }
  done(visit, 'refreshes of our own tokens');
  const tokens = { accessToken: String(body.access_token), refreshToken: String(body.refresh_token) };
  return { ...visitor, tokens };
}

/** A token that is revoked at one broker is invalid at each. */
async function revoke(visit: Visit, tokens: AppTokens): Promise<void> {
  const [first] = pairOf(visit);
  const { status } = await visit.app.revoke(tokens.refreshToken, first);
  if (status !== 200) return wrong(visit, `revocation ${status}`, status);
  const until = performance.now() + bound;
  for (const url of visit.urls()) {
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    const asked = async () => (await fetch(`${url}/v1/me`, { headers })).status;
    let last = await asked();
    for (; last !== 401 && performance.now() < until; last = await asked()) await pause(50);
    if (last !== 401) visit.tally.evidence('!revoked and still taken', `${url} ${last} ${visit.phase()}`);
  }
  done(visit, 'revocations heard everywhere');
}

async function call(visit: Visit, url: string, token: string) {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const text = await answer.text();
  if (answer.status !== 200) wrong(visit, `${new URL(url).pathname} ${answer.status} ${text}`, answer.status);
  const body: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {};
  return { status: answer.status, body };
}

function pairOf({ urls, random }: Visit): readonly [string, string] {
  const all = urls();
  const first = random.pick(all) ?? '';
  return [first, all.find((url) => url !== first) ?? first];
}

const anyOf = (visit: Visit) => pairOf(visit)[0];

const done = ({ tally, phase }: Visit, what: string) => tally.add(`${phase()}: ${what}`);

function wrong({ tally, phase }: Visit, what: string, status: number): void {
  tally.evidence(status >= 500 ? '!answers of 5xx' : '!unforeseen refusals', `${phase()}: ${what}`);
}
