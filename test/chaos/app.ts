import { createHash, randomBytes } from 'node:crypto';
import { createBrowser } from '../support/browser.ts';
import type { BrokerProcess } from './broker-process.ts';
import type { Stage } from './stage.ts';

/** Sends a request; the default is `fetch`. */
export type Send = (url: URL, init: RequestInit) => Promise<Response>;

/** A client app of the broker, and the people who sign in to it. */
export interface App {
  /** Signs in by plain HTTP, as a browser and a server would. @throws the first failure */
  signIn(user: string, by?: Send): Promise<AppTokens>;
  /** Redeems the app's own refresh token. */
  refresh(refreshToken: string, at: string, by?: Send): Promise<Response>;
  revoke(refreshToken: string, at: string): Promise<Response>;
}

export interface AppTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Registers the app, and signs people in to it. */
export interface Service extends Pick<Stage, 'issuer' | 'adminToken' | 'lab'> {
  readonly fleet: { ready(): readonly Pick<BrokerProcess, 'url'>[] };
}

const callback = 'https://app.example/callback';

export async function registerApp(stage: Service): Promise<App> {
  const connection = stage.lab.connections().find(({ name }) => name === 'strict');
  if (!connection) throw new Error('the lab has no strict profile');
  const { name: alias, provider, clientId, clientSecret, endpoints } = connection;
  const registration = { alias, provider, client_id: clientId, client_secret: clientSecret, endpoints };
  await admin(stage, '/connections', registration);
  const app = await admin(stage, '/apps', {
    name: 'Chaos app',
    redirect_uris: [callback],
    type: 'web',
    first_party: true,
    connections: [{ connection: 'strict' }],
  });
  const basic = `Basic ${btoa(`${app.client_id}:${app.client_secret}`)}`;
  const post = (at: string, form: Record<string, string>, by: Send = fetch) =>
    by(new URL(at), {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { authorization: basic },
    });

  return {
    async signIn(user, by) {
      const verifier = randomBytes(32).toString('base64url');
      const code = await authorize(stage, { user, clientId: String(app.client_id), verifier, by });
      const grant = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: callback,
        code_verifier: verifier,
      };
      const answer = await post(`${stage.issuer}/oauth/token`, grant, by);
      if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${await answer.text()}`);
      const body = (await answer.json()) as { access_token: string; refresh_token: string };
      return { accessToken: body.access_token, refreshToken: body.refresh_token };
    },
    refresh: (refreshToken, at, by) =>
      post(`${at}/oauth/token`, { grant_type: 'refresh_token', refresh_token: refreshToken }, by),
    revoke: (refreshToken, at) => post(`${at}/oauth/revoke`, { token: refreshToken }),
  };
}

async function admin(
  { fleet, adminToken }: Service,
  path: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const [broker] = fleet.ready();
  const response = await fetch(`${broker?.url}/admin/v1${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
  });
  if (response.status !== 201) throw new Error(`admin ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

async function authorize(
  { issuer, lab }: Service,
  {
    user,
    clientId,
    verifier,
    by,
  }: { user: string; clientId: string; verifier: string; by: Send | undefined },
): Promise<string> {
  const stopAt = [`${lab.url}/strict/authorize`, callback];
  const browser = createBrowser({ stopAt, ...(by && { fetch: by }) });
  const url = new URL('/authorize', issuer);
  url.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid offline_access idp:strict',
    connection: 'strict',
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const away = await browser.open(url);
  if (!away.stopped) throw new Error(`not sent to the provider: ${away.status} ${away.text.slice(0, 200)}`);
  away.url.searchParams.set('lab_user', user);
  away.url.searchParams.set('lab_auto', '1');
  const back = await browser.open(away.url);
  const code = back.url.searchParams.get('code');
  if (!back.stopped || !code) throw new Error(`no code: ${back.status} ${back.text.slice(0, 200)}`);
  return code;
}
