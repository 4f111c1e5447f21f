import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createLab, type RunningLab } from '../../../src/lab/lab.ts';
import { strict } from '../../../src/lab/profiles/strict.ts';
import type { RefreshFamily } from '../../../src/lab/refresh-history.ts';
import { type App, type AppTokens, registerApp } from '../../chaos/app.ts';
import { type BrokerProcess, startBroker } from '../../chaos/broker-process.ts';
import { freePorts } from '../../chaos/stage.ts';

/** A broker with its people and apps, and the provider that goes on while the database is lost. */
export interface Installation {
  readonly issuer: string;
  readonly lab: RunningLab;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Person {
  readonly user: string;
  readonly userId: string;
  readonly tokens: AppTokens;
}

export async function createInstallation(directory: string): Promise<Installation & { port: number }> {
  const [port = 0] = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  // No token ends by itself during the drill.
  const lab = await createLab({ redirectOrigins: [issuer], profiles: [strict({ accessLife: 3600 })] }).listen(
    0,
  );
  return {
    port,
    issuer,
    lab,
    directory,
    environment: {
      PUBLIC_URL: issuer,
      HOST: '127.0.0.1',
      DATABASE_POOL: '8',
      SHUTDOWN_DELAY: '0',
      ENCRYPTION_KEYS: `drill:${randomBytes(32).toString('base64')}`,
      ADMIN_API_TOKEN: randomBytes(24).toString('base64url'),
      ALLOWED_PRIVATE_HOSTS: new URL(lab.url).host,
    },
  };
}

/** Returns the database URL of the broker's role. */
const roleUrl = (url: string) => Object.assign(new URL(url), { username: 'broker', password: 'broker' }).href;

/** Starts the broker. Undefined: it has ended before it was ready. */
export async function start(
  { environment, directory }: Installation,
  { port, url, data, key }: { port: number; url: string; data: string; key?: string },
): Promise<BrokerProcess & { log: string; ready: boolean }> {
  const log = path.join(directory, `broker-${randomBytes(3).toString('hex')}.log`);
  const changed = { ...environment, DATA_DIR: data, ...(key && { ENCRYPTION_KEYS: key }) };
  const broker = startBroker({
    label: 'drill',
    port,
    databaseUrl: roleUrl(url),
    logFile: log,
    environment: changed,
  });
  let ended = false;
  void broker.exited.then(() => {
    ended = true;
  });
  for (let tries = 0; !broker.isReady() && !ended && tries < 600; tries += 1) await pause(100);
  return Object.assign(broker, { log, ready: broker.isReady() });
}

/** Runs `symbolon …`. */
export async function command(
  { environment }: Installation,
  { url, data }: { url: string; data: string },
  ...args: readonly string[]
): Promise<{ code: number; output: string }> {
  const flags = ['--disable-warning=ExperimentalWarning', 'src/cli.ts', ...args];
  const env = {
    ...environment,
    PATH: process.env.PATH,
    NODE_ENV: 'development',
    DATABASE_URL: roleUrl(url),
    DATA_DIR: data,
  };
  return await new Promise((resolve) =>
    execFile(process.execPath, flags, { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    ),
  );
}

/** Registers the connection, an app of people and a service that acts in the background. */
export async function register({
  issuer,
  lab,
  environment,
}: Installation): Promise<{ app: App; service: string }> {
  const adminToken = environment.ADMIN_API_TOKEN ?? '';
  const app = await registerApp({ issuer, adminToken, lab, fleet: { ready: () => [{ url: issuer }] } });
  const made = await fetch(`${issuer}/admin/v1/apps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'Drill service',
      type: 'service',
      connections: [{ connection: 'strict', background: true }],
      reason: 'the drill',
    }),
  });
  const body = (await made.json()) as Record<string, unknown>;
  if (made.status !== 201) throw new Error(`no service: ${made.status} ${JSON.stringify(body)}`);
  return { app, service: `Basic ${btoa(`${body.client_id}:${body.client_secret}`)}` };
}

export async function arrive({ issuer }: Installation, app: App, user: string): Promise<Person> {
  const tokens = await app.signIn(user);
  const { body } = await me(issuer, tokens);
  return { user, tokens, userId: String(body.id) };
}

export async function me(issuer: string, { accessToken }: AppTokens) {
  return await call(`${issuer}/v1/me`, accessToken);
}

async function call(url: string, token: string) {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const text = await answer.text();
  const body: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {};
  return { status: answer.status, body };
}

/** Returns the answer to the service, which asks for a person's token without the person. */
export async function retrieve({ issuer }: Installation, service: string, { userId }: Person) {
  const granted = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: service },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'idp:strict' }),
  });
  const { access_token: token } = (await granted.json()) as { access_token: string };
  return await call(`${issuer}/v1/users/${userId}/identities/strict/token?reason=drill`, token);
}

/** Returns whether the provider accepts a token as that of this person. */
export async function isTokenOf({ lab }: Installation, user: string, token: unknown): Promise<boolean> {
  const { status, body } = await call(`${lab.url}/strict/userinfo`, String(token));
  return (
    status === 200 &&
    String(body.email ?? body.name)
      .toLowerCase()
      .replace(' ', '-')
      .startsWith(user)
  );
}

/** Returns how often refresh tokens of a person were presented after they had been exchanged. */
export async function replaysOf({ lab }: Installation, user: string): Promise<number> {
  const families = (await (
    await fetch(`${lab.url}/control/strict/refresh-tokens`)
  ).json()) as RefreshFamily[];
  const mine = families.filter((family) => family.user === user);
  return mine.flatMap(({ tokens }) => tokens).reduce((sum, { replays }) => sum + replays, 0);
}

export async function signingKeys({ issuer }: Installation): Promise<readonly string[]> {
  const { keys } = (await (await fetch(`${issuer}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[];
  };
  return keys.map(({ kid }) => kid).toSorted();
}

export const unsavedIn = (data: string) =>
  readdirSync(path.join(data, 'unsaved')).filter((name) => name.endsWith('.sealed'));
