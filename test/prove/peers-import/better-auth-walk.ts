import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type BetterAuth, type Session, startBetterAuth } from './better-auth.ts';
import type { BetterAuthSettings } from './better-auth-server.ts';
import { documentedQuery, exportTo } from './exported.ts';
import { importInto } from './import-runs.ts';
import { type Account, judge, type Row } from './judge.ts';
import { added, type Member, membersFrom, wide } from './people.ts';
import { providers } from './providers.ts';
import { type Stage, say } from './stage.ts';

/** A row of the export, as far as it is judged here. */
interface ExportedRow {
  readonly id: string;
  readonly accounts: readonly {
    readonly providerId: string;
    readonly accountId: string;
    readonly accessToken: string | null;
    readonly refreshToken: string | null;
    readonly scope: string | null;
  }[];
}

/** The ways in which Better Auth is deployed. */
export type Deployment = 'plain' | 'encrypted' | 'versioned';

export interface BetterAuthWalk {
  readonly stage: Stage;
  readonly folder: string;
  readonly version: string;
  readonly deployment: Deployment;
  readonly port: number;
  /** The number of the first person. */
  readonly first: number;
}

type Secrets = Pick<BetterAuthSettings, 'secret' | 'secrets'>;

const random = () => randomBytes(32).toString('base64url');

/** Returns the secrets of the process from its first start to its last. */
function secretsOf(deployment: Deployment): readonly [Secrets, ...Secrets[]] {
  const secret = random();
  const plain = { secret, secrets: undefined };
  if (deployment !== 'versioned') return [plain];
  const first = { version: 1, value: random() };
  const second = { version: 2, value: random() };
  return [plain, { secret, secrets: [first] }, { secret, secrets: [second, first] }];
}

/** Returns the values of the peer's environment, as docs/importing.md says. */
function secretText({ secret = '', secrets = [] }: Secrets): string {
  const versions = secrets.map(({ version, value }) => `${version}:${value}`).join(',');
  return `${versions}\n${secret}\n`;
}

/** Walks from sign-ups there to sign-ins here, with an import, a cut-over and a second import. */
export async function walkBetterAuth(walk: BetterAuthWalk): Promise<readonly Row[]> {
  const { stage, deployment, port, first, folder, version } = walk;
  const databaseUrl = await stage.newDatabase(`better_auth_${deployment}`);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  pool.on('error', () => undefined);
  const logFile = path.join(stage.directory, `${deployment}.log`);
  const settings = {
    ...{ folder, port, databaseUrl, lab: stage.lab.url, clients: stage.lab.connections() },
    encrypt: deployment !== 'plain',
  };
  const start = (secrets: Secrets) => startBetterAuth({ ...settings, ...secrets }, logFile);
  let running: BetterAuth | undefined;
  try {
    const members = membersFrom(
      first,
      providers.map(({ name }) => name),
    );
    const secrets = secretsOf(deployment);
    const sessions = new Map<Member, Session>();
    const soon = members.filter(({ part }) => part !== 'late');
    const share = Math.ceil(soon.length / secrets.length);
    for (const [index, own] of secrets.entries()) {
      await running?.stop();
      running = await start(own);
      for (const member of soon.slice(index * share, (index + 1) * share))
        sessions.set(member, await signUp(running, member));
    }
    if (!running) throw new Error('no start');
    await ban(pool, sessions);
    const quiet = deployment === 'plain' ? await addQuietPeople(pool) : 0;
    say(`better-auth ${deployment}: ${soon.length} people signed up, ${quiet} more are quiet`);

    const imported = await importInto(stage, {
      product: 'better-auth',
      label: deployment,
      secret: deployment === 'plain' ? undefined : secretText(secrets.at(-1) ?? secrets[0]),
    });
    const query = await documentedQuery("to_jsonb(a) - 'password'");
    const exported = () => exportTo<ExportedRow>(imported.file, databaseUrl, query);
    for (const { person, accounts, part } of members)
      if (part === 'early') await stage.signIn(accounts[0], person);
    for (const { person, accounts, part } of members)
      if (part === 'leaver') await stage.control(`${accounts[0]}/users/${person}/revoke`);
    await exported();
    await imported.first({ killed: quiet > 0 });
    await goOn(running, members, sessions);
    await running.stop();
    running = undefined;
    const rows = await exported();
    const outcome = await imported.second();
    const accounts = accountsOf({ members, sessions, rows });
    return await judge(stage, { product: `better-auth ${version}`, deployment, accounts, ...outcome });
  } finally {
    await running?.stop();
    await pool.end();
  }
}

async function signUp(
  peer: BetterAuth,
  { person, part, accounts: [first, ...others] }: Member,
): Promise<Session> {
  if (part === 'narrower') await peer.signIn(first, person, [wide]);
  const session = await peer.signIn(first, person);
  for (const other of others) await session.link(other);
  return session;
}

/** Bans people by the admin plugin, as its administrator. */
async function ban(pool: pg.Pool, sessions: ReadonlyMap<Member, Session>): Promise<void> {
  // Sessions of earlier secrets have ended.
  const admin = [...sessions.values()].at(-1);
  if (!admin) throw new Error('no person has signed up');
  await pool.query(`UPDATE "user" SET role = 'admin' WHERE id = $1`, [admin.userId]);
  for (const [{ part }, { userId }] of sessions) {
    if (part === 'early' || part === 'banned') await admin.call('/admin/ban-user', { userId });
    if (part === 'paroled') await admin.call('/admin/ban-user', { userId, banExpiresIn: 1 });
  }
  await pause(1_100);
}

/** People of the plain deployment who never come again. With them, an import takes several batches. */
export const quietPeople = 1_500;

async function addQuietPeople(pool: pg.Pool): Promise<number> {
  await pool.query(
    `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
      SELECT 'quiet-' || n, 'Quiet ' || n, 'quiet-' || n || '@example.com', true, now(), now()
        FROM generate_series(1, $1::int) n`,
    [quietPeople],
  );
  await pool.query(
    `INSERT INTO account (id, "accountId", "providerId", "userId", "createdAt", "updatedAt")
      SELECT 'quiet-' || n, '9' || lpad(n::text, 20, '0'), 'google', 'quiet-' || n, now(), now()
        FROM generate_series(1, $1::int) n`,
    [quietPeople],
  );
  return quietPeople;
}

/** The peer goes on: refreshes, further accounts and new people. */
async function goOn(
  peer: BetterAuth,
  members: readonly Member[],
  sessions: Map<Member, Session>,
): Promise<void> {
  let refreshed = 0;
  for (const [member, former] of [...sessions].slice(10, 30)) {
    const { part } = member;
    if (part === 'leaver') continue;
    // With other secrets, people have to sign in again.
    const session = (await former.isLive()) ? former : await peer.signIn(member.accounts[0], member.person);
    if (part === 'mover') await session.link(added);
    const accounts = (await session.call('/list-accounts')) as unknown as {
      id: string;
      providerId: string;
    }[];
    for (const { id, providerId } of accounts) {
      if (['github', 'facebook'].includes(providerId)) continue;
      await session.call('/refresh-token', { accountId: id });
      refreshed += 1;
    }
  }
  const late = members.filter(({ part }) => part === 'late');
  for (const member of late) sessions.set(member, await signUp(peer, member));
  say(`  then ${refreshed} tokens were refreshed there, and ${late.length} people signed up`);
}

interface Imported {
  readonly members: readonly Member[];
  readonly sessions: ReadonlyMap<Member, Session>;
  readonly rows: readonly ExportedRow[];
}

const isAmbiguous = (provider: string) =>
  providers.some(({ name, ambiguous }) => name === provider && ambiguous);

function accountsOf({ members, sessions, rows }: Imported): readonly Account[] {
  return members.flatMap((member) => {
    const from = sessions.get(member)?.userId ?? randomUUID();
    const exported = rows.find(({ id }) => id === from);
    if (member.part === 'narrower' && !exported?.accounts.some(({ scope }) => scope?.includes(wide)))
      throw new Error(`Better Auth no longer keeps scopes that were granted once (${wide})`);
    return (exported?.accounts ?? []).map(({ providerId, accessToken, refreshToken }) => ({
      from,
      person: member.person,
      provider: providerId,
      hasToken: accessToken !== null,
      refreshable: refreshToken !== null,
      dead: member.part === 'leaver' && providerId === member.accounts[0],
      staysUnasked: isAmbiguous(providerId) ? 'token_needs_ask' : undefined,
      lacks: member.part === 'narrower' ? wide : undefined,
      blocked: member.part === 'early' || member.part === 'banned',
    }));
  });
}
