import * as client from 'openid-client';
import type { NewApp } from '../../../src/issuance/registry/app.ts';
import { type Browser, createBrowser, type Page } from '../../support/browser.ts';
import type { Room } from './room.ts';

export const callback = 'https://app.example/cb';

/** An app as its developers would write it: registered here, with openid-client, unmodified. */
export interface RelyingApp {
  readonly id: string;
  readonly secret: string | undefined;
  readonly config: client.Configuration;
  /** The URL for the browser, and the values that the callback must match. */
  begin(params?: Record<string, string>): Promise<Attempt>;
  /** Signs in, from the authorization URL to the tokens. */
  signIn(params?: Record<string, string>, browser?: Browser): Promise<SignedIn>;
}

export interface Attempt {
  readonly url: URL;
  readonly verifier: string;
  readonly state: string;
  redeem(callbackUrl: URL): Promise<Tokens>;
}

export type Tokens = Awaited<ReturnType<typeof client.authorizationCodeGrant>>;

export interface SignedIn {
  readonly tokens: Tokens;
  readonly browser: Browser;
  readonly landed: Page;
}

export function appBrowser(): Browser {
  return createBrowser({ stopAt: [callback] });
}

export async function registerApp(room: Room, overrides: Partial<NewApp> = {}): Promise<RelyingApp> {
  const { app, clientSecret } = await room.issuance.apps.create({
    name: 'Test app',
    type: 'web',
    redirectUris: [callback],
    connections: [{ connection: 'wechat' }],
    ...overrides,
  });
  const secret = clientSecret?.reveal();
  const redirectUri = app.redirectUris[0] ?? callback;
  const config = await client.discovery(
    new URL(room.issuer),
    app.id,
    undefined,
    secret === undefined ? client.None() : client.ClientSecretPost(secret),
    { execute: [client.allowInsecureRequests] },
  );

  const begin = async (params: Record<string, string> = {}): Promise<Attempt> => {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      state,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...params,
    });
    const checks = { pkceCodeVerifier: verifier, expectedState: state };
    return { url, verifier, state, redeem: (at) => client.authorizationCodeGrant(config, at, checks) };
  };
  const signIn = async (params: Record<string, string> = {}, browser = appBrowser()): Promise<SignedIn> => {
    const attempt = await begin(params);
    const landed = await throughPages(browser, await browser.open(attempt.url));
    return { tokens: await attempt.redeem(landed.url), browser, landed };
  };
  return { id: app.id, secret, config, begin, signIn };
}

/** Presses the first button of every page until the app is reached. */
export async function throughPages(browser: Browser, start: Page): Promise<Page> {
  let page = start;
  for (let pages = 0; !page.stopped && pages < 5; pages += 1) page = await browser.submit(page);
  return page;
}

/** Sends a plain POST to an endpoint, like an attacker or a simple client. */
export async function post(url: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers });
  const text = await response.text();
  const body: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, body, text };
}
