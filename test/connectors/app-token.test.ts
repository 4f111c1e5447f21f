import { expect, it } from 'vitest';
import { createAppToken } from '../../src/connectors/engine/app-token.ts';
import { minutes, seconds } from '../../src/kit/clock.ts';
import { Secret } from '../../src/kit/secret.ts';

type Deps = Parameters<typeof createAppToken>[0];

it('an app token’s lifetime counts from the request, however late its answer is read', async () => {
  let now = new Date('2026-11-29T12:00:00Z');
  const advance = (milliseconds: number) => {
    now = new Date(now.getTime() + milliseconds);
  };
  let asked = 0;
  const connector = {
    appToken: async () => {
      asked += 1;
      // The process is paused before it reads the answer.
      if (asked === 1) advance(minutes(3));
      return { token: new Secret(`token-${asked}`), expiresIn: 300 };
    },
  } as unknown as Deps['connector'];
  const deps = { connector, registration: {} as Deps['registration'], clock: { now: () => now } };
  const appToken = createAppToken(deps, {} as Parameters<typeof createAppToken>[1]);
  expect((await appToken()).reveal()).toBe('token-1');
  advance(seconds(59));
  expect((await appToken()).reveal()).toBe('token-1');
  advance(seconds(2));
  expect((await appToken()).reveal()).toBe('token-2');
  advance(minutes(3));
  expect((await appToken()).reveal()).toBe('token-2');
});
