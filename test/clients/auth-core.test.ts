import { randomBytes } from 'node:crypto';
import { Auth, type AuthConfig } from '@auth/core';
import express from 'express';
import { expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { futureUrl, openStage, personsBrowser, scope, serve } from './stage.ts';

it('@auth/core (next-auth 5): sign-in, profile, session, sign-out, provider token', async () => {
  const stage = await openStage();
  const url = await futureUrl();
  const { clientId, clientSecret } = await stage.register({
    url,
    redirectUris: [`${url}/auth/callback/symbolon`],
  });
  const accounts: Record<string, unknown>[] = [];
  const config: AuthConfig = {
    basePath: '/auth',
    secret: randomBytes(32).toString('hex'),
    trustHost: true,
    providers: [
      {
        id: 'symbolon',
        name: 'Symbolon',
        type: 'oidc',
        issuer: stage.issuer,
        clientId,
        clientSecret,
        authorization: { params: { scope } },
        checks: ['pkce', 'state', 'nonce'],
      },
    ],
    callbacks: {
      jwt({ token, account }) {
        if (account) accounts.push({ ...account });
        return token;
      },
    },
  };
  const app = express();
  app.use(express.text({ type: '*/*' }));
  app.use('/auth', async (request, response) => {
    const { method, body } = request;
    const headers = new Headers(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const init = { method, headers, ...(method === 'POST' && { body: String(body) }) };
    const answer = await Auth(new Request(url + request.originalUrl, init), config);
    response.status(answer.status);
    for (const [name, value] of answer.headers) response.append(name, value);
    response.send(Buffer.from(await answer.arrayBuffer()));
  });
  app.get('/', (_request, response) => void response.send('home'));
  await serve(url, app);

  const browser = personsBrowser();
  const session = async () => JSON.parse((await browser.open(`${url}/auth/session`)).html);
  const pressOn = async (page: Awaited<ReturnType<Browser['open']>>) => await browser.submit(page);
  const there = await pressOn(await browser.open(`${url}/auth/signin`));
  expect(there.url.origin).toBe(stage.issuer);
  await stage.visit(browser, there.url.href, url);
  const [account = {}] = accounts;
  const { sub, name } = await stage.verify(String(account.id_token), clientId);
  expect(account).toMatchObject({ provider: 'symbolon', providerAccountId: sub, token_type: 'bearer' });
  expect((await session()).user).toMatchObject({ name });
  await stage.useProviderToken(String(account.access_token));

  await pressOn(await browser.open(`${url}/auth/signout`));
  expect(await session()).toBeNull();
});
