import * as client from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { appBrowser, post, type RelyingApp, registerApp, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// An app names single claims (OpenID Connect Core 5.5). A claim comes with its scope, which the person allows.

let room: Room;
let app: RelyingApp;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room);
});

const asking = (claims: object | string, more: Record<string, string> = {}) => ({
  scope: 'openid',
  claims: typeof claims === 'string' ? claims : JSON.stringify(claims),
  ...more,
});

describe('a claim', () => {
  it.each([
    ['id_token', { id_token: { email: null } }],
    ['userinfo', { userinfo: { email: { essential: true } } }],
  ])('asked for at %s is on the consent page, in the ID token and in userinfo', async (_place, claims) => {
    const fresh = await registerApp(room);
    const browser = appBrowser();
    const attempt = await fresh.begin(asking(claims));
    const consent = await browser.submit(await browser.open(attempt.url));
    expect(consent.text).toContain('See your e-mail address');
    expect(consent.text).not.toContain('See your name');
    const tokens = await attempt.redeem((await throughPages(browser, consent)).url);
    expect(tokens.scope).toBe('openid email');
    expect(tokens.claims()).toMatchObject({ email: 'usr_lin@example.com', email_verified: true });
    expect(tokens.claims()).not.toHaveProperty('name');
    const info = await client.fetchUserInfo(fresh.config, tokens.access_token, 'usr_lin');
    expect(info).toMatchObject({ email: 'usr_lin@example.com' });
  });

  it('without a meaning here, and an acr that is only wished for, change nothing', async () => {
    const odd = {
      id_token: { acr: { values: ['urn:x'] }, made_up: { essential: true } },
      userinfo: { phone: null },
    };
    const { tokens } = await app.signIn(asking(odd));
    expect(tokens.scope).toBe('openid');
    expect(tokens.claims()).not.toHaveProperty('acr');
  });

  it('is left out of a silent request if the person has not allowed it, and causes no error', async () => {
    const fresh = await registerApp(room);
    const { browser } = await fresh.signIn({ scope: 'openid profile' });
    const silent = await fresh.begin(asking({ userinfo: { name: null, email: null } }, { prompt: 'none' }));
    const tokens = await silent.redeem((await browser.open(silent.url)).url);
    expect(tokens.scope).toBe('openid profile');
  });

  it('is left out of a pushed silent request in the same way, and given where the person has allowed it', async () => {
    const fresh = await registerApp(room);
    const { browser } = await fresh.signIn({ scope: 'openid email' });
    const claims = { userinfo: { name: null, email: null } };
    const silent = await fresh.begin(asking(claims, { prompt: 'none' }));
    const form = { ...Object.fromEntries(silent.url.searchParams), client_secret: fresh.secret ?? '' };
    const { body } = await post(`${room.issuer}/oauth/par`, form);
    const short = new URL(`${room.issuer}/authorize`);
    short.search = String(
      new URLSearchParams({ client_id: fresh.id, request_uri: String(body.request_uri) }),
    );
    const tokens = await silent.redeem((await browser.open(short)).url);
    expect(tokens.scope).toBe('openid email');
    expect(tokens.claims()).toMatchObject({ email: 'usr_lin@example.com' });
    expect(tokens.claims()).not.toHaveProperty('name');
  });

  it('can name the person, whom no other sign-in replaces', async () => {
    const { browser } = await app.signIn();
    const errorOf = async (sub: string) => {
      const { url } = await app.begin(asking({ id_token: { sub: { value: sub } } }, { prompt: 'none' }));
      return (await browser.open(url)).url.searchParams.get('error');
    };
    expect([await errorOf('usr_lin'), await errorOf('usr_mei')]).toEqual([null, 'login_required']);
  });
});

it.each<[string, object | string, string]>([
  [
    'an acr that must be met',
    { id_token: { acr: { essential: true, value: 'urn:x' } } },
    'unmet_authentication_requirements',
  ],
  ['no JSON', '{', 'invalid_request'],
  ['a list', '[]', 'invalid_request'],
  ['neither place', { other: {} }, 'invalid_request'],
  ['a text in place of wishes', { id_token: 'email' }, 'invalid_request'],
])('%s is answered at the app', async (_name, claims, error) => {
  const page = await appBrowser().open((await app.begin(asking(claims))).url);
  expect(page.url.searchParams.get('error')).toBe(error);
});
