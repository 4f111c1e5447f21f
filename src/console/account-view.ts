import type { z } from 'zod';
import type { appAnswer } from '../admin/app-shapes.ts';
import { missingScopes } from '../connectors/contract/scope-cover.ts';
import { findConnector } from '../connectors/registry.ts';
import type { LinkedAccount, Person } from './answers.ts';
import type { Visit } from './visit.ts';

type App = z.output<typeof appAnswer>;

/** An app whose policy lists the connection. */
export interface AppWithPolicy {
  readonly app: App;
  readonly policy: App['connections'][number];
  /** The scopes of the policy that the grant lacks. */
  readonly missing: readonly string[];
}

/** A linked account with everything that its page tells. */
export interface AccountView {
  readonly person: Person;
  readonly account: LinkedAccount;
  readonly connector: ReturnType<typeof findConnector>;
  /** The provider's name. */
  readonly provider: string;
  readonly granted: readonly string[];
  /** Empty for callers who see names only. */
  readonly apps: readonly AppWithPolicy[];
}

export async function readAccount(visit: Visit): Promise<AccountView> {
  const params = { user: visit.param('user'), identity: visit.param('identity') };
  const query = { reveal: visit.ask('reveal') === 'true' ? 'true' : undefined };
  const account = await visit.read<LinkedAccount>('GET /users/{user}/identities/{identity}', {
    params,
    query,
  });
  const [person, apps] = await Promise.all([
    visit.read<Person>('GET /users/{user}', { params: { user: params.user } }),
    appsOf(visit, account),
  ]);
  const connector = findConnector(account.provider);
  const granted = (account.token?.scope ?? '').split(' ').filter(Boolean);
  const provider = connector?.title[visit.locale] ?? account.provider;
  return { person, account, connector, provider, granted, apps: withMissing(apps, { connector, granted }) };
}

async function appsOf({ caller, read }: Visit, { connection }: LinkedAccount) {
  if (caller.rights.namesOnly) return [];
  const query = { limit: '200', connection };
  const { items } = await read<{ items: App[] }>('GET /apps', { query });
  return items.flatMap((app) => {
    const policy = app.connections.find((one) => one.connection === connection);
    return policy ? [{ app, policy }] : [];
  });
}

function withMissing(
  apps: readonly Omit<AppWithPolicy, 'missing'>[],
  { connector, granted }: Pick<AccountView, 'connector' | 'granted'>,
): readonly AppWithPolicy[] {
  return apps.map((one) => ({
    ...one,
    missing: connector ? missingScopes(connector, granted, one.policy.scopes) : [],
  }));
}
