import { randomBytes } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { documentedQuery, exportTo } from './exported.ts';
import { importInto } from './import-runs.ts';
import { type Account, judge, type Row } from './judge.ts';
import { type Logto, seedLogto, startLogto } from './logto.ts';
import { logtoConnectors } from './logto-connectors.ts';
import { added, type Member, membersFrom } from './people.ts';
import { type Stage, say } from './stage.ts';

export interface LogtoWalk {
  readonly stage: Stage;
  readonly folder: string;
  readonly version: string;
  readonly port: number;
  /** The number of the first person. */
  readonly first: number;
}

/** The ids of users at Logto. */
type Users = Map<Member, string>;

/** Walks from sign-ups there to sign-ins here, with two imports, as with Better Auth. */
export async function walkLogto(walk: LogtoWalk): Promise<readonly Row[]> {
  const { stage, folder, version, port, first } = walk;
  const databaseUrl = await stage.newDatabase('logto');
  await seedLogto(folder, databaseUrl);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  pool.on('error', () => undefined);
  const kek = randomBytes(32).toString('base64');
  const redirectUri = `http://localhost:${port}/callback/logto`;
  const clients = stage.lab.connections();
  const settings = { folder, databaseUrl, lab: stage.lab.url, redirectUri, clients, kek };
  const logto = await startLogto(settings, path.join(stage.directory, 'logto.log'));
  try {
    const members = membersFrom(
      first,
      logtoConnectors.map(({ provider }) => provider),
    );
    const users: Users = new Map();
    for (const member of members) if (member.part !== 'late') await signUp(logto, users, member);
    for (const [{ part }, id] of users)
      if (part === 'early' || part === 'banned')
        await pool.query('UPDATE users SET is_suspended = true WHERE id = $1', [id]);
    say(`logto: ${users.size} people signed up`);
    for (const { person, accounts, part } of members) {
      if (part === 'early') await stage.signIn(accounts[0], person);
      if (part === 'leaver') await stage.control(`${accounts[0]}/users/${person}/revoke`);
    }
    const names = logtoConnectors.flatMap(({ target, provider }) =>
      target ? [`${target}=${provider}`] : [],
    );
    const imported = await importInto(stage, {
      product: 'logto',
      label: 'secret vault',
      flags: ['--map', ...names],
      secret: kek,
    });
    const query = await documentedQuery('user_sso_identities');
    await exportTo(imported.file, databaseUrl, query);
    await imported.first({ killed: false });
    for (const [{ person, part, accounts }, userId] of [...users].slice(10, 30))
      if (part !== 'leaver')
        for (const provider of accounts) await logto.refresh({ person, provider, userId });
    for (const [{ person, part }, userId] of users)
      if (part === 'mover') await logto.signIn({ person, provider: added, userId });
    for (const member of members) if (member.part === 'late') await signUp(logto, users, member);
    await exportTo(imported.file, databaseUrl, query);
    const outcome = await imported.second();
    const accounts = await accountsOf(pool, users);
    return await judge(stage, {
      product: `logto ${version}`,
      deployment: 'secret vault',
      accounts,
      ...outcome,
    });
  } finally {
    await logto.stop();
    await pool.end();
  }
}

async function signUp(logto: Logto, users: Users, member: Member): Promise<void> {
  const { person, accounts } = member;
  const [provider, ...others] = accounts;
  const userId = await logto.signIn({ person, provider });
  for (const other of others) await logto.signIn({ person, provider: other, userId });
  users.set(member, userId);
}

interface Held {
  readonly user_id: string;
  readonly target: string;
  readonly stored: boolean;
  readonly refreshable: boolean;
}

async function accountsOf(pool: pg.Pool, users: Users): Promise<readonly Account[]> {
  const { rows } = await pool.query<Held>(
    `SELECT u.id AS user_id, i.target, s.id IS NOT NULL AS stored,
        coalesce((s.metadata ->> 'hasRefreshToken')::boolean, false) AS refreshable
      FROM users u, jsonb_object_keys(u.identities) i(target)
        LEFT JOIN LATERAL (SELECT s.id, s.metadata FROM secrets s
          JOIN secret_social_connector_relations r ON r.secret_id = s.id
          WHERE s.user_id = u.id AND r.target = i.target) s ON true`,
  );
  return [...users].flatMap(([{ person, part, accounts }, id]) =>
    rows
      .filter(({ user_id }) => user_id === id)
      .map(({ target, stored, refreshable }) => {
        const provider = logtoConnectors.find((one) => one.target === target)?.provider ?? target;
        return {
          from: id,
          person,
          provider,
          hasToken: stored,
          refreshable,
          dead: part === 'leaver' && provider === accounts[0],
          blocked: part === 'early' || part === 'banned',
        };
      }),
  );
}
