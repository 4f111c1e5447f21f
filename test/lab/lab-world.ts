import { beforeAll } from 'vitest';
import type { Clock } from '../../src/kit/clock.ts';
import { createLab, type Lab, type LabOptions, type RunningLab } from '../../src/lab/lab.ts';
import type { LabConnection } from '../../src/lab/profiles.ts';
import { atEnd } from '../support/at-end.ts';

export const origin = 'http://localhost:3000';
export const redirectUri = `${origin}/connections/x/callback`;

// biome-ignore lint/suspicious/noExplicitAny: what a provider answers is checked by the test that reads it
export type Fields = Record<string, any>;
export type Answer = { status: number; headers: Headers; text: string; json: Fields };

/** A clock that a test moves. */
function movableClock(): Clock & { forward(seconds: number): void } {
  let moment = Date.now();
  return {
    now: () => new Date(moment),
    forward: (seconds) => {
      moment += seconds * 1000;
    },
  };
}

/** A lab for one test file, with the functions that a client of a provider needs. */
export function labWorld(options: Partial<LabOptions> = {}) {
  const clock = movableClock();
  let lab: Lab;
  let running: RunningLab;

  beforeAll(async () => {
    lab = createLab({ clock, redirectOrigins: [origin], ...options });
    running = await lab.listen(0);
  });
  atEnd(() => running.close());

  const url = (path: string) => running.url + path;
  const connection = (name: string) =>
    running.connections().find((one) => one.name === name) as LabConnection;

  return {
    clock,
    url,
    connection,
    minted: () => lab.minted(),
    get: (path: string, query: Fields = {}, init: RequestInit = {}) =>
      call(`${url(path)}${Object.keys(query).length ? `?${new URLSearchParams(query)}` : ''}`, init),
    post: (path: string, form: Fields, headers: Record<string, string> = {}) =>
      call(url(path), { method: 'POST', body: new URLSearchParams(form), headers }),
    control: (path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') =>
      call(url(`/control/${path}`), {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    log: async (profile: string) => (await call(url(`/control/${profile}/log`))).json as Fields[],
    /** Returns the URL to which the provider redirects the browser. */
    async authorize(name: string, query: Fields, user = 'lin'): Promise<URL> {
      const { endpoints, clientId } = connection(name);
      const id = name === 'wechat' ? 'appid' : 'client_id';
      const all = {
        [id]: clientId,
        redirect_uri: redirectUri,
        state: 'st4te',
        lab_auto: '1',
        lab_user: user,
        ...query,
      };
      const answer = await call(`${endpoints.authorization}?${new URLSearchParams(all)}`);
      return new URL(answer.headers.get('location') ?? `about:${answer.status}`);
    },
  };
}

export async function call(target: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(target, { redirect: 'manual', ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: tryJson(text) };
}

function tryJson(text: string): Fields {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
