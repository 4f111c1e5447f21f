import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/assembly/embedded-postgres.ts';
import { createLab } from '../../../src/lab/lab.ts';
import { strict } from '../../../src/lab/profiles/strict.ts';
import { type App, type AppTokens, registerApp } from '../../chaos/app.ts';
import { type BrokerProcess, startBroker } from '../../chaos/broker-process.ts';
import { freePorts } from '../../chaos/stage.ts';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly location: string | null;
}

/** A person who has signed in to an app. */
export interface Person extends AppTokens {
  readonly userId: string;
  readonly identityId: string;
}

/** A broker process with its database, and the two people of the story. */
export interface Stage {
  readonly issuer: string;
  readonly pool: pg.Pool;
  readonly dataDirectory: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: () => readonly string[];
  /** Adds a secret that the broker has made. */
  remember(secret: string): void;
  readonly app: App;
  readonly victim: Person;
  /** The attacker, as a person with an own account. */
  readonly mallory: Person;
  /** Ends the broker's process and starts another. Returns false if it does not start. */
  restart(): Promise<boolean>;
  call(method: string, path: string, bearer: string, body?: unknown): Promise<Answer>;
  admin(method: string, path: string, body?: unknown): Promise<Answer>;
  form(
    path: string,
    form: Readonly<Record<string, string>>,
    basic?: readonly [string, string],
  ): Promise<Answer>;
  /** Signs in to the app of the stage. */
  signIn(user: string): Promise<Person>;
}

export async function setStage(opened: AsyncDisposableStack): Promise<Stage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-stolen-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(() => postgres.stop());
  const pool = new pg.Pool({ connectionString: postgres.url, max: 2, application_name: 'thief' });
  pool.on('error', () => undefined);
  opened.defer(() => pool.end());

  const [port = 0] = await freePorts(1);
  const issuer = `http://127.0.0.1:${port}`;
  const works = createLab({ redirectOrigins: [issuer], profiles: [strict({ accessLife: 3_600 })] });
  const lab = await works.listen(0);
  opened.defer(() => lab.close());
  const dataDirectory = path.join(directory, 'data');
  const adminToken = randomBytes(24).toString('base64url');
  const settings = {
    NODE_ENV: 'development',
    PUBLIC_URL: issuer,
    HOST: '127.0.0.1',
    SHUTDOWN_DELAY: '0',
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ADMIN_API_TOKEN: adminToken,
    ALLOWED_PRIVATE_HOSTS: '127.0.0.1,localhost',
    DATA_DIR: dataDirectory,
    LOG_LEVEL: 'info',
  };
  let broker: BrokerProcess | undefined;
  const end = async () => {
    broker?.kill('SIGTERM');
    await broker?.exited;
    broker = undefined;
  };
  opened.defer(end);
  const begin = async (): Promise<boolean> => {
    const logFile = path.join(directory, 'broker.log');
    const started = startBroker({
      label: 'symbolon-tagged',
      port,
      logFile,
      environment: settings,
      databaseUrl: postgres.url,
    });
    broker = started;
    let ended = false;
    void started.exited.then(() => {
      ended = true;
    });
    for (let tries = 0; tries < 600 && !ended; tries += 1) {
      if (started.isReady()) return true;
      await pause(50);
    }
    return false;
  };
  if (!(await begin())) throw new Error('the broker does not start');

  const secrets: string[] = [adminToken];
  const send = async (target: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${issuer}${target}`, { redirect: 'manual', ...init });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      text,
      body: json ? JSON.parse(text) : {},
      location: response.headers.get('location'),
    };
  };
  const call: Stage['call'] = (method, target, bearer, body) =>
    send(target, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const app = await registerApp({ issuer, adminToken, lab, fleet: { ready: () => [{ url: issuer }] } });
  const signIn = async (user: string): Promise<Person> => {
    const tokens = await app.signIn(user);
    secrets.push(tokens.accessToken, tokens.refreshToken);
    const { body } = await call('GET', '/v1/me', tokens.accessToken);
    const [identity] = body.identities as { id: string }[];
    return { ...tokens, userId: String(body.id), identityId: identity?.id ?? '' };
  };
  return {
    issuer,
    pool,
    dataDirectory,
    settings: { ...settings, DATABASE_URL: postgres.url },
    remember: (secret) => void secrets.push(secret),
    secrets: () => [...secrets, ...works.minted()],
    app,
    victim: await signIn('lin'),
    mallory: await signIn('ada'),
    async restart() {
      await end();
      return await begin();
    },
    call,
    admin: (method, target, body) => call(method, `/admin/v1${target}`, adminToken, body),
    form: (target, form, basic) =>
      send(target, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: basic ? { authorization: `Basic ${btoa(basic.join(':'))}` } : {},
      }),
    signIn,
  };
}
