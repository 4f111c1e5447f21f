import type { Readable } from 'node:stream';
import { type Visitor, visit } from '../account/visitor.ts';
import { type Answer, answerOf, postForm } from '../dialects/ask.ts';
import { type RunningApi, startApi } from '../retrieval/proxy-stage.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import type { Browser, Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

/** A call of the provider's API, as an app asks a person for it. */
export const tea = {
  type: 'symbolon_call',
  connection: 'google',
  method: 'POST',
  path: '/events',
  query: 'calendar=home',
  body: { title: 'Tea', note: '<b>quietly</b>' },
  reason: 'You asked for tea',
};

export interface ExactWorld {
  readonly world: World;
  readonly api: RunningApi;
  /** The changes that the provider has received. */
  writes(): RunningApi['seen'];
  /** An app that may ask for changes of events, and a person who has let it in with `openid` alone. */
  app(change?: object): Promise<TestApp>;
  /** Makes a call by the proxy. */
  call(token: string, change?: Partial<Call>): Promise<Answer>;
}

export interface Call {
  readonly issuer: string;
  readonly ref: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | Readable | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export async function createExactWorld(): Promise<ExactWorld> {
  const api = await startApi({
    '/base/events': () => ({ status: 201, body: ['{"id":7}'] }),
    '/base/broken': () => ({ status: 500, body: ['{}'] }),
  });
  atEnd(async () => await api.close());
  const world = await createWorld({ allowedPrivateHosts: [api.host] });
  const google = world.lab.connections().find(({ name }) => name === 'google');
  await world.broker.connections.change('google', {
    client_secret: google?.clientSecret ?? '',
    endpoints: { ...google?.endpoints, api: api.url },
    reason: 'an API of the test',
  });
  const rules = [
    { methods: ['GET', 'POST', 'PUT'], path: '/**' },
    { methods: ['POST'], path: '/denied/**', deny: true },
  ];
  return {
    world,
    api,
    writes: () => api.seen.filter(({ method }) => method !== 'GET'),
    async app(change = {}) {
      const app = await createApp(world, { connections: [] });
      await world.broker.issuance.apps.update(app.clientId, {
        connections: [{ connection: 'google', handout: false, proxy: rules }] as never,
        backchannelTokenDeliveryMode: 'poll',
        authorizationDetailsTypes: ['symbolon_call'],
        ...change,
      });
      return app;
    },
    async call(
      token,
      { issuer = world.issuer, ref = 'google', method = 'POST', headers = {}, ...rest } = {},
    ) {
      const { path = '/events?calendar=home', body = JSON.stringify(tea.body) } = rest;
      const url = `${issuer}/v1/me/identities/${ref}/proxy${path}`;
      const type = { 'content-type': 'application/json' };
      const sent = { authorization: `Bearer ${token}`, ...type, ...headers };
      const content = method !== 'GET' && { body: body as BodyInit, duplex: 'half' as const };
      return await answerOf(await fetch(url, { method, headers: sent, ...content }));
    },
  };
}

/** A person who has let an app in, with a browser on the account page. */
export async function letIn(world: World, app: TestApp, user: string): Promise<Visitor> {
  await app.signIn({ connection: 'google', user, scope: 'openid' });
  return await visit(world, { connection: 'google', user });
}

export const credentials = ({ clientId, clientSecret }: TestApp) => ({
  client_id: clientId,
  client_secret: clientSecret,
});

/** Asks a person who is elsewhere. */
export async function askElsewhere(world: World, app: TestApp, userId: string, details: unknown) {
  const form = { ...credentials(app), scope: 'openid', login_hint: userId };
  const answer = await postForm(`${world.issuer}/oauth/backchannel`, {
    ...form,
    authorization_details: JSON.stringify(details),
  });
  if (typeof answer.body.auth_req_id === 'string') world.remember(answer.body.auth_req_id);
  return answer;
}

export async function poll(world: World, app: TestApp, auth_req_id: unknown) {
  const { body } = await postForm(`${world.issuer}/oauth/token`, {
    ...credentials(app),
    grant_type: 'urn:openid:params:grant-type:ciba',
    auth_req_id: String(auth_req_id),
  });
  world.remember(...[body.access_token, body.id_token].filter((one) => typeof one === 'string'));
  return body;
}

/** The person opens the newest question, and presses a button. Returns the page with the question. */
export async function decide(
  person: Visitor,
  button: 'approve' | 'deny',
  fields: Record<string, string> = {},
) {
  const { links } = await person.open('/account/agents');
  const link = links.find(({ href }) => href.includes('/account/approvals/'))?.href ?? '';
  const page = await person.open(link);
  const form = page.forms.findIndex(({ action }) => action.includes('/account/approvals/'));
  await person.browser.submit(page, { form, button, fields });
  return page;
}

/** Opens an authorization request, and goes on until the consent page. */
export async function toConsent(browser: Browser, url: URL, user: string): Promise<Page> {
  let page = await browser.open(url);
  for (let steps = 0; steps < 3 && page.text.includes('simulated'); steps += 1)
    page = await browser.submit(page, { fields: { user } });
  return page;
}
