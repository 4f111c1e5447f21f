import { setTimeout as pause } from 'node:timers/promises';
import type { Left } from './import-runs.ts';
import { providers } from './providers.ts';
import type { Stage } from './stage.ts';

/** An account of the export, and the person it belongs to. */
export interface Account {
  readonly person: string;
  readonly provider: string;
  /** The user's id at the peer. */
  readonly from: string;
  readonly hasToken: boolean;
  /** The reason for which the token stays behind until the provider is asked. */
  readonly staysUnasked?: string | undefined;
  readonly refreshable: boolean;
  /** True if the person has removed the app at the provider. */
  readonly dead: boolean;
  readonly blocked: boolean;
  /** A scope that the peer says is granted, and that the token does not have. */
  readonly lacks?: string | undefined;
}

/** The judgement on one provider of one deployment. */
export interface Row {
  readonly product: string;
  readonly deployment: string;
  readonly provider: string;
  accounts: number;
  arrived: number;
  /** Grants that live at the provider, without those of blocked people. */
  living: number;
  worked: number;
  refreshable: number;
  refreshed: number;
  readonly faults: string[];
}

function newRow(product: string, deployment: string, provider: string): Row {
  const counts = { accounts: 0, arrived: 0, living: 0, worked: 0, refreshable: 0, refreshed: 0 };
  return { product, deployment, provider, ...counts, faults: [] };
}

/** Whether the lab accepts the token at the provider's API. */
async function works(
  stage: Stage,
  provider: string,
  body: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { api = '', scheme = 'Bearer' } = providers.find(({ name }) => name === provider) ?? {};
  const url = new URL(`${stage.lab.url}/${provider}${api}`);
  const token = String(body.access_token);
  if (scheme === 'query') {
    const { openid } = (body.parameters ?? {}) as { openid?: string };
    url.searchParams.set('access_token', token);
    url.searchParams.set('openid', openid ?? '');
  }
  const authorization = scheme === 'query' ? {} : { authorization: `${scheme} ${token}` };
  const answer = await fetch(url, { headers: { 'user-agent': 'shop', ...authorization } });
  const text = await answer.text();
  const refused = !answer.ok || /"ok":false|"errcode":[^0]/.test(text);
  return refused ? `${answer.status} ${text.slice(0, 120)}` : '';
}

/** Tries the imported token, and refreshes it, before the person signs in here. */
async function tryToken(stage: Stage, account: Account, userId: string | undefined, row: Row): Promise<void> {
  const { provider, person } = account;
  const fault = (what: string) => row.faults.push(`${person}: ${what}`);
  if (!account.hasToken || account.dead || account.blocked) return;
  row.living += 1;
  if (userId === undefined) return void fault('is not in --ids');
  const imported = await stage.token(userId, provider);
  if (imported.status !== 200) return void fault(`no token: ${summary(imported.body)}`);
  const refused = await works(stage, provider, imported.body);
  if (refused) fault(`the token does not work: ${refused}`);
  else row.worked += 1;
  if (account.lacks !== undefined) {
    const told = await stage.token(userId, provider, `?scope=${account.lacks}`);
    if (told.status === 200) fault(`the token is given out for ${account.lacks}, which it lacks`);
  }
  if (!account.refreshable) return;
  row.refreshable += 1;
  const fresh = await forced(stage, userId, provider);
  if (fresh.status !== 200) return void fault(`no refresh: ${summary(fresh.body)}`);
  const refusedThen = await works(stage, provider, fresh.body);
  if (refusedThen) fault(`the refreshed token does not work: ${refusedThen}`);
  else row.refreshed += 1;
}

/** Forces a refresh. Forced refreshes are rate limited. */
async function forced(stage: Stage, userId: string, provider: string) {
  let last = await stage.token(userId, provider, '?force=true');
  for (let tries = 0; last.status === 429 && tries < 40; tries += 1) {
    await pause(250);
    last = await stage.token(userId, provider, '?force=true');
  }
  return last;
}

function summary(body: Readonly<Record<string, unknown>>): string {
  return [body.code, body.reason, body.detail].filter((part) => typeof part === 'string').join(': ');
}

/** Signs the person in here, and compares the user with the one of `--ids`. */
async function trySignIn(
  stage: Stage,
  account: Account,
  expected: string | undefined,
  row: Row,
): Promise<void> {
  const { provider, person, blocked } = account;
  row.accounts += 1;
  const signedIn = await stage.signIn(provider, person).catch((error: Error) => ({ refusal: error.message }));
  const refusal = 'refusal' in signedIn ? signedIn.refusal : undefined;
  if (blocked && refusal?.includes('This account is disabled')) row.arrived += 1;
  else if (blocked) row.faults.push(`${person}: is banned there and is not refused here as disabled`);
  else if (refusal !== undefined) row.faults.push(`${person}: is refused here: ${refusal.slice(0, 200)}`);
  else if ('userId' in signedIn && signedIn.userId !== expected) row.faults.push(`${person}: a second user`);
  else row.arrived += 1;
}

export interface Judged {
  readonly product: string;
  readonly deployment: string;
  readonly accounts: readonly Account[];
  /** The user's id here by the id at the peer. */
  readonly ids: ReadonlyMap<string, string>;
  readonly left: readonly Left[];
  readonly faults: readonly string[];
}

/** Tries every token, then signs everybody in. Returns a row per provider, after one with the faults of the runs. */
export async function judge(stage: Stage, judged: Judged): Promise<readonly Row[]> {
  const { product, deployment, accounts, ids, left, faults } = judged;
  const used = new Set(accounts.map(({ provider }) => provider));
  const names = ['all', ...providers.map(({ name }) => name).filter((name) => used.has(name))];
  const rows = new Map(names.map((name) => [name, newRow(product, deployment, name)]));
  const rowOf = (name: string) => rows.get(name) ?? newRow(product, deployment, name);
  rowOf('all').faults.push(...faults);
  for (const { person, provider, from, staysUnasked } of accounts) {
    const reason = left.find(({ user, connection }) => user === from && connection === provider)?.reason;
    if (staysUnasked !== undefined && reason !== staysUnasked)
      rowOf(provider).faults.push(`${person}: the report says ${reason}, not ${staysUnasked}`);
  }
  await inTurns(accounts, (one) => tryToken(stage, one, ids.get(one.from), rowOf(one.provider)));
  await inTurns(accounts, (one) => trySignIn(stage, one, ids.get(one.from), rowOf(one.provider)));
  return [...rows.values()];
}

/** Works on a few items at a time. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const turn = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all([turn(), turn(), turn(), turn()]);
}
