import * as oidc from 'openid-client';
import { type Browser, createBrowser, type Page } from './browser.ts';
import type { World } from './world.ts';

/** A client app of the broker, as its developers would write it: openid-client, unmodified. */
export interface TestApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly configuration: oidc.Configuration;
  /** The URL for the browser, and the values that the callback must match. */
  start(
    parameters?: Readonly<Record<string, string>>,
  ): Promise<{ url: URL; checks: oidc.AuthorizationCodeGrantChecks }>;
  /** Signs in a lab user by plain HTTP: authorize, choose, consent, code, tokens. */
  signIn(ask: SignIn): Promise<Tokens>;
}

export type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

export interface SignIn {
  readonly connection: string;
  readonly user: string;
  readonly scope?: string;
  readonly browser?: Browser;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Binds the tokens to a key. */
  readonly dpop?: oidc.DPoPHandle;
}

export interface TestAppOptions {
  readonly connections?: readonly string[];
  readonly background?: boolean;
  readonly firstParty?: boolean;
}

const redirectUri = 'https://app.example/callback';

function appBrowser(): Browser {
  return createBrowser({ stopAt: ['https://app.example/'] });
}

export async function createApp(world: World, options: TestAppOptions = {}): Promise<TestApp> {
  const {
    connections = ['wechat', 'facebook', 'google', 'github'],
    background = false,
    firstParty = false,
  } = options;
  const { app, clientSecret } = await world.broker.issuance.apps.create({
    name: 'Test app',
    type: 'web',
    redirectUris: [redirectUri],
    firstParty,
    connections: connections.map((connection) => ({ connection, background })),
  });
  const secret = clientSecret?.reveal() ?? '';
  const insecure = { execute: [oidc.allowInsecureRequests] };
  const configuration = await oidc.discovery(new URL(world.issuer), app.id, secret, undefined, insecure);

  const start: TestApp['start'] = async (parameters = {}) => {
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...parameters,
    });
    return { url, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } };
  };

  return {
    clientId: app.id,
    clientSecret: secret,
    redirectUri,
    configuration,
    start,
    async signIn({ connection, user, scope, browser = appBrowser(), parameters = {}, dpop }) {
      const wanted = { connection, scope: scope ?? `openid profile email offline_access idp:${connection}` };
      const { url, checks } = await start({ ...wanted, ...parameters });
      const landed = await finishSignIn(browser, await browser.open(url), user);
      const tokens = await oidc.authorizationCodeGrant(
        configuration,
        landed.url,
        checks,
        undefined,
        dpop && { DPoP: dpop },
      );
      const { access_token, refresh_token, id_token } = tokens;
      world.remember(
        secret,
        access_token,
        refresh_token,
        id_token,
        landed.url.searchParams.get('code') ?? undefined,
      );
      world.remember(checks.pkceCodeVerifier, ...cookiesSet(landed));
      return tokens;
    },
  };
}

/** Goes from the provider's page to the app's callback: picks the user, approves, consents. */
async function finishSignIn(browser: Browser, page: Page, user: string): Promise<Page> {
  let current = page;
  for (let steps = 0; steps < 5 && !current.stopped; steps += 1) {
    const atLab = current.text.includes('simulated');
    current = await browser.submit(current, atLab ? { fields: { user } } : {});
  }
  if (!current.stopped)
    throw new Error(
      `did not arrive: ${current.status} ${current.url.pathname} ${current.text.slice(0, 300)}`,
    );
  return current;
}

/** Returns the values of all cookies set on the way that are long enough for a secret. */
function cookiesSet({ hops }: Page): string[] {
  const lines = hops.flatMap(({ headers }) => headers.getSetCookie());
  const values = lines.map((line) => line.split(';')[0]?.split('=').slice(1).join('=') ?? '');
  return values.filter((value) => value.length >= 20);
}
