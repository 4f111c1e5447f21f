import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createBrowser } from '../../support/browser.ts';
import type { BetterAuthSettings } from './better-auth-server.ts';
import { atLab } from './providers.ts';

/** A running Better Auth, as its people see it. */
export interface BetterAuth {
  /** Signs a person in, with further scopes if asked. Returns the session. */
  signIn(provider: string, user: string, scopes?: readonly string[]): Promise<Session>;
  stop(): Promise<void>;
}

export interface Session {
  /** The user's id at Better Auth. */
  readonly userId: string;
  /** Adds an account at another provider. */
  link(provider: string): Promise<void>;
  call(path: string, body?: unknown): Promise<Record<string, unknown>>;
  isLive(): Promise<boolean>;
}

const patience = 30_000;

export async function startBetterAuth(settings: BetterAuthSettings, logFile: string): Promise<BetterAuth> {
  const log = openSync(logFile, 'a');
  const child = fork(fileURLToPath(new URL('better-auth-server.ts', import.meta.url)), {
    env: { PATH: process.env.PATH, NODE_ENV: 'development', PEER: JSON.stringify(settings) },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await untilReady(child, exited);
  const base = `http://localhost:${settings.port}`;
  return {
    signIn: (provider, user, scopes) => arrive({ base, lab: settings.lab, scopes }, provider, user),
    async stop() {
      child.kill('SIGTERM');
      await Promise.race([exited, pause(5_000).then(() => child.kill('SIGKILL'))]);
    },
  };
}

async function untilReady(child: ChildProcess, exited: Promise<void>): Promise<void> {
  const ready = new Promise<'ready'>((resolve) => child.once('message', () => resolve('ready')));
  const outcome = await Promise.race([ready, exited, pause(patience, undefined, { ref: false })]);
  if (outcome === 'ready') return;
  child.kill('SIGKILL');
  throw new Error('Better Auth does not start');
}

async function arrive(
  at: { readonly base: string; readonly lab: string; readonly scopes?: readonly string[] | undefined },
  provider: string,
  user: string,
): Promise<Session> {
  const browser = createBrowser({ stopAt: [`${at.base}/home`] });
  const call = async (path: string, body?: unknown) => {
    const answer = await fetch(`${at.base}/api/auth${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        origin: at.base,
        cookie: browser.cookies.header(new URL(`${at.base}/api/auth/`)) ?? '',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Better Auth ${path}: ${answer.status} ${text.slice(0, 300)}`);
    browser.cookies.take(new URL(answer.url), answer.headers);
    return JSON.parse(text || 'null') as Record<string, unknown>;
  };
  const authorize = async (path: string, name: string) => {
    const started = await call(path, {
      provider: name,
      callbackURL: `${at.base}/home`,
      disableRedirect: true,
      ...(at.scopes && { scopes: at.scopes }),
    });
    const url = atLab(String(started.url), at.lab);
    url.searchParams.set('lab_user', user);
    url.searchParams.set('lab_auto', '1');
    const landed = await browser.open(url);
    if (!landed.stopped || landed.url.searchParams.has('error'))
      throw new Error(`${name} ${user}: ${landed.status} ${landed.url.href} ${landed.text.slice(0, 300)}`);
  };
  await authorize('/sign-in/social', provider);
  const session = async () => (await call('/get-session')) as { user?: { id: string } } | null;
  const userId = (await session())?.user?.id;
  if (!userId) throw new Error(`${provider} ${user}: no session`);
  return {
    userId,
    call,
    link: (name) => authorize('/link-social', name),
    isLive: async () => (await session()) !== null,
  };
}
