import express, { Router } from 'express';
import { z } from 'zod';
import type { Answer, BrokerApi, LinkedIdentity } from './broker-api.ts';
import { callProvider } from './call-provider.ts';
import { callPage } from './pages/call.ts';
import { homePage } from './pages/home.ts';
import { sendPage } from './pages/layout.ts';
import { signedInPage } from './pages/signed-in.ts';
import { troublePage } from './pages/trouble.ts';
import { providerRequest } from './provider-calls.ts';
import { forgetIfRefused, stillSignedIn } from './session.ts';
import { type SignInDeps, signInRoutes } from './sign-in-routes.ts';
import { stylesheet } from './style.ts';
import { troubles } from './texts.ts';
import type { SignedIn } from './visitor.ts';

export interface DemoDeps extends SignInDeps {
  readonly api: BrokerApi;
}

/** The pages of the demo. */
export function demoRoutes(deps: DemoDeps): Router {
  const { api, connections } = deps;
  const router = Router();
  const title = (alias: string) =>
    connections.find((one) => one.alias === alias)?.title ?? { en: alias, zh: alias };

  // Connections of which the demo may use no account yet.
  const furtherOf = (identities: Answer<readonly LinkedIdentity[]>) => {
    const mine = 'value' in identities ? identities.value.map(({ connection }) => connection) : [];
    return connections.filter(({ alias, inAppOnly }) => !inAppOnly && !mine.includes(alias));
  };

  router.get('/demo.css', (_request, response) => void response.type('css').send(stylesheet));
  router.use(signInRoutes(deps));

  router.get('/', async (request, response) => {
    const signedIn = await stillSignedIn(request, deps);
    if (!signedIn) return sendPage(response, (locale) => homePage(connections, locale));
    const seen = await lookAround(signedIn, deps).catch(forgetIfRefused(request));
    const view = { ...seen, title, further: furtherOf(seen.identities) };
    sendPage(response, (locale) => signedInPage(view, locale));
  });

  router.post('/call', express.urlencoded({ limit: '10kb' }), async (request, response) => {
    const signedIn = await stillSignedIn(request, deps);
    const form = z
      .object({ identity: z.string().max(100), fresh: z.literal('true').optional() })
      .safeParse(request.body);
    if (!signedIn || !form.success) return response.redirect(303, '/');
    const { identity: identityId, fresh } = form.data;
    const wish = { identityId, fresh: fresh === 'true' };
    const token = await api.providerToken(signedIn.accessToken, wish).catch(forgetIfRefused(request));
    const asked = 'value' in token ? providerRequest(token.value) : undefined;
    const answer = asked && (await callProvider(asked));
    sendPage(response, (locale) => callPage({ identityId, token, answer, title }, locale));
  });

  router.use((_request, response) => {
    const trouble = { status: 404, text: troubles.notFound };
    sendPage(response, (locale) => troublePage(trouble, locale), trouble.status);
  });
  return router;
}

async function lookAround(signedIn: SignedIn, { broker, api, issuer }: DemoDeps) {
  const [userinfo, identities, token] = await Promise.all([
    broker.userinfo(signedIn),
    api.identities(signedIn.accessToken),
    broker.readAccessToken(signedIn.accessToken),
  ]);
  return { userinfo, identities, token, accountUrl: `${issuer}/account` };
}
