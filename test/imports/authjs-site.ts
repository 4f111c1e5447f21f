import { randomBytes, randomUUID } from 'node:crypto';
import { Auth, type AuthConfig } from '@auth/core';
import type { Adapter, AdapterAccount, AdapterUser } from '@auth/core/adapters';
import { createCookieJar } from '../support/cookie-jar.ts';

/** The columns of `accounts` in @auth/pg-adapter 1.11.3. Auth.js hands further members to adapters that keep them. */
const columns = [
  ...['type', 'provider', 'providerAccountId', 'access_token', 'expires_at', 'refresh_token'],
  ...['id_token', 'scope', 'session_state', 'token_type'],
] as const;

interface Tables {
  readonly users: AdapterUser[];
  readonly accounts: AdapterAccount[];
}

/** An adapter that keeps rows as @auth/pg-adapter does. */
function adapterOf({ users, accounts }: Tables): Adapter {
  const ownerOf = (provider: string, providerAccountId: string) =>
    accounts.find((one) => one.provider === provider && one.providerAccountId === providerAccountId)?.userId;
  return {
    createUser: (user) => {
      users.push({ ...user, id: String(users.length + 1) });
      return users.at(-1) as AdapterUser;
    },
    getUser: (id) => users.find((user) => user.id === id) ?? null,
    // Each sign-in of a test is of its own user, also with one address.
    getUserByEmail: () => null,
    getUserByAccount: ({ provider, providerAccountId }) =>
      users.find(({ id }) => id === ownerOf(provider, providerAccountId)) ?? null,
    updateUser: (user) => user as AdapterUser,
    linkAccount: (account) => {
      accounts.push(account);
    },
  };
}

/** A site that signs people in with Auth.js, without a server of its own: requests are handed to its handler. */
export function createAuthjsSite(url: string, providers: AuthConfig['providers']) {
  const tables: Tables = { users: [], accounts: [] };
  const faults: Error[] = [];
  const config: AuthConfig = {
    basePath: '/auth',
    secret: randomBytes(32).toString('hex'),
    trustHost: true,
    adapter: adapterOf(tables),
    session: { strategy: 'jwt' },
    providers,
    logger: { error: (error) => faults.push(error), warn: () => undefined, debug: () => undefined },
  };

  /** Signs a person of the lab in, as their browser would. @throws if Auth.js refuses */
  async function signIn(provider: string, person: string): Promise<void> {
    const cookies = createCookieJar();
    const ask = async (path: string, form?: Readonly<Record<string, string>>) => {
      const at = new URL(path, url);
      const headers = { cookie: cookies.header(at) ?? '' };
      const init = form && { method: 'POST', body: new URLSearchParams(form) };
      const answer = await Auth(new Request(at, { headers, ...init }), config);
      cookies.take(at, answer.headers);
      return answer;
    };
    const { csrfToken } = await (await ask('/auth/csrf')).json();
    const started = await ask(`/auth/signin/${provider}`, { csrfToken });
    const there = new URL(started.headers.get('location') ?? '');
    there.searchParams.set('lab_user', person);
    there.searchParams.set('lab_auto', '1');
    const answer = await fetch(there, { redirect: 'manual' });
    const location = answer.headers.get('location');
    if (!location) throw new Error(`${provider}: ${await answer.text()}`);
    const back = new URL(location);
    const ended = await ask(back.pathname + back.search);
    if (ended.headers.get('location') !== url)
      throw new Error(`${provider}: ${ended.headers.get('location')}`, { cause: faults.at(-1) });
  }

  return {
    signIn,
    /** Returns the rows that the query of docs/importing.md exports. */
    exported: () =>
      tables.users.map((user) => ({
        ...{ id: Number(user.id), name: user.name ?? null, email: user.email, emailVerified: null },
        image: user.image ?? null,
        accounts: tables.accounts
          .filter(({ userId }) => userId === user.id)
          .map((account) => ({
            ...{ id: randomUUID(), userId: Number(user.id) },
            ...Object.fromEntries(columns.map((name) => [name, account[name] ?? null])),
          })),
      })),
  };
}
