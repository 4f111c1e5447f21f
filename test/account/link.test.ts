import { beforeAll, describe, expect, it } from 'vitest';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { identitiesOn, visit, walk } from './visitor.ts';

let world: World;
let appId: string;

beforeAll(async () => {
  world = await createWorld();
  const { app } = await world.broker.issuance.apps.create({
    name: 'Shop',
    type: 'web',
    redirectUris: ['https://shop.example/callback'],
    homepage: 'https://shop.example/',
    connections: [{ connection: 'github', scopes: ['read:user', 'gist'] }, { connection: 'google' }],
  });
  appId = app.id;
});

/** Each test has a person of its own. */
let visitors = 0;
const somebody = (connection = 'google') => visit(world, { connection, user: `visitor-${++visitors}` });

describe('linking another account', () => {
  it('adds it to the user, and it signs in to the same user from then on', async () => {
    const visitor = await somebody();
    const linked = await visitor.press(await visitor.open('/account'), '/account/link/github');
    expect(linked.url.search).toBe('?notice=linked');
    expect(linked.text).toContain('The account is linked.');
    expect(identitiesOn(linked)).toHaveLength(2);
    const health = await world.database.prisma.vaultEntry.count({
      where: { identity: { userId: visitor.userId } },
    });
    expect(health).toBe(2);
    const other = await visit(world, { connection: 'github', user: `visitor-${visitors}` });
    expect(other.userId).toBe(visitor.userId);
  });

  it('asks on a page of its own when an app sends the person, who signs in first', async () => {
    const user = `visitor-${++visitors}`;
    const browser = createBrowser({ stopAt: ['https://shop.example/'] });
    const returnTo = 'https://shop.example/callback';
    const query = new URLSearchParams({ app: appId, return_to: returnTo });
    const start = await browser.open(`${world.issuer}/account/link/github?${query}`);
    const asked = await walk(browser, start, { connection: 'google', user });
    expect(asked.url.pathname + asked.url.search).toBe(`/account/link/github?${query}`);
    expect(asked.text).toContain('Shop asks you to link this account.');
    expect(asked.forms[0]?.buttons[0]?.text).toBe('Link my GitHub account');
    const back = await walk(browser, await browser.submit(asked), { connection: 'github', user });
    expect(back.url.href).toBe(`${returnTo}?notice=linked`);
  });

  it('goes back to `redirect_uri` as well, which apps made for Keycloak add to an account-link-url', async () => {
    const user = `visitor-${++visitors}`;
    const browser = createBrowser({ stopAt: ['https://shop.example/'] });
    const query = new URLSearchParams({ app: appId, redirect_uri: 'https://shop.example/callback' });
    const start = await browser.open(`${world.issuer}/account/link/github?${query}`);
    const asked = await walk(browser, start, { connection: 'google', user });
    const back = await walk(browser, await browser.submit(asked), { connection: 'github', user });
    expect(back.url.href).toBe('https://shop.example/callback?notice=linked');
  });

  it.each([
    'https://evil.example/',
    'https://shop.example/callback/x',
    '//evil.example',
    'https://shop.example',
  ])('never redirects to %s', async (returnTo) => {
    const visitor = await somebody();
    const query = new URLSearchParams({ app: appId, return_to: returnTo });
    const asked = await visitor.open(`/account/link/github?${query}`);
    const landed = await visitor.press(asked, '/account/link');
    expect(landed.url.href).toBe(`${world.issuer}/account?app=${appId}&notice=linked`);
    expect(landed.links).toContainEqual({ href: 'https://shop.example/', text: 'Back to Shop' });
  });

  it('changes nothing when the person cancels at the provider', async () => {
    const visitor = await somebody();
    const page = await visitor.open('/account');
    const form = page.forms.findIndex(({ action }) => action === '/account/link/wechat');
    const atProvider = await visitor.browser.submit(page, { form });
    const landed = await visitor.browser.submit(atProvider, { button: 'deny' });
    expect(landed.url.search).toBe('?notice=cancelled');
    expect(identitiesOn(landed)).toHaveLength(1);
  });

  it('never takes over an account of another user', async () => {
    const owner = await somebody('github');
    const visitor = await somebody();
    const landed = await visitor.press(
      await visitor.open('/account'),
      '/account/link/github',
      `visitor-${visitors - 1}`,
    );
    expect(landed.url.search).toBe('?notice=in_use');
    expect(identitiesOn(landed)).toHaveLength(1);
    expect(await world.broker.identities.ofUser(owner.userId)).toHaveLength(1);
  });

  it('gives an account to one of two users who link it at the same time', async () => {
    const [one, other] = [await somebody(), await somebody()];
    const user = `visitor-${++visitors}`;
    const landed = await Promise.all(
      [one, other].map(async (visitor) =>
        visitor.press(await visitor.open('/account'), '/account/link/facebook', user),
      ),
    );
    expect(landed.map(({ url }) => url.search).sort()).toEqual(['?notice=in_use', '?notice=linked']);
  });

  it('is refused if another user is signed in by the time the provider answers', async () => {
    const visitor = await somebody();
    const page = await visitor.open('/account');
    const form = page.forms.findIndex(({ action }) => action === '/account/link/wechat');
    const atProvider = await visitor.browser.submit(page, { form });
    await world.broker.issuance.signOut(visitor.userId);
    await world.database.prisma.browserSession.deleteMany({
      where: { sess: { path: ['userId'], equals: visitor.userId } },
    });
    const landed = await visitor.browser.submit(atProvider, { fields: { user: 'sam' } });
    expect(landed.status).toBe(403);
    expect(await world.broker.identities.ofUser(visitor.userId)).toHaveLength(1);
  });

  it('is offered for existing and enabled connections', async () => {
    const visitor = await somebody();
    expect((await visitor.open('/account/link/nowhere')).status).toBe(404);
    expect((await visitor.open('/account/link/%00')).status).toBe(404);
    expect((await visitor.open('/account/link/github?app=a&app=b')).status).toBe(400);
  });
});

describe('reauthorizing', () => {
  it('replaces a grant that the provider has ended', async () => {
    const visitor = await somebody('github');
    await world.control('POST', `github/users/visitor-${visitors}/revoke`);
    const [id = ''] = identitiesOn(await visitor.open('/account'));
    await world.database.prisma.vaultEntry.update({
      where: { identityId: id },
      data: { state: 'reauthorization_required', stateReason: 'revoked_by_user' },
    });
    const page = await visitor.open('/account');
    expect(page.text).toContain('GitHub Needs you');
    expect(page.text).toContain('You have withdrawn the permission at the provider.');
    const href = `/account/identities/${id}/reauthorize`;
    expect(page.links.map((link) => link.href)).toContain(href);
    const landed = await visitor.press(await visitor.open(href), href);
    expect(landed.url.search).toBe('?notice=reauthorized');
    expect(landed.text).toContain('GitHub Working');
  });

  it('changes nothing if another account signs in', async () => {
    const visitor = await somebody('github');
    const [id = ''] = identitiesOn(await visitor.open('/account'));
    const before = await world.database.prisma.vaultEntry.findUnique({ where: { identityId: id } });
    const href = `/account/identities/${id}/reauthorize`;
    const landed = await visitor.press(await visitor.open(href), href, `visitor-${++visitors}`);
    expect(landed.url.search).toBe('?notice=other_account');
    expect(identitiesOn(landed)).toEqual([id]);
    expect(await world.database.prisma.vaultEntry.findUnique({ where: { identityId: id } })).toEqual(before);
  });

  it('requests the further scopes that the app may have, and shows them', async () => {
    const browser = createBrowser({ stopAt: ['https://shop.example/'] });
    const visitor = await visit(world, { connection: 'github', user: `visitor-${++visitors}` }, browser);
    const [id = ''] = identitiesOn(await visitor.open('/account'));
    const href = `/account/identities/${id}/reauthorize?app=${appId}&scope=gist`;
    const asked = await visitor.open(href);
    expect(asked.text).toContain('Shop needs these further permissions: gist');
    const back = await visitor.press(asked, '/account/identities');
    expect(back.url.href).toBe('https://shop.example/?notice=reauthorized');
    const entry = await world.database.prisma.vaultEntry.findUnique({ where: { identityId: id } });
    expect(entry?.grantedScopes).toContain('gist');
  });

  it.each([
    'scope=gist',
    'app=app_none&scope=gist',
    'app=APP&scope=delete_repo',
    'app=APP&scope=a%22b',
    'app=%00',
  ])('refuses %s', async (query) => {
    const visitor = await somebody('github');
    const [id = ''] = identitiesOn(await visitor.open('/account'));
    const path = `/account/identities/${id}/reauthorize?${query.replace('APP', appId)}`;
    expect((await visitor.open(path)).status).toBe(400);
  });

  it('is possible for the user’s own accounts only', async () => {
    const owner = await somebody('github');
    const [id = ''] = identitiesOn(await owner.open('/account'));
    const visitor = await somebody();
    expect((await visitor.open(`/account/identities/${id}/reauthorize`)).status).toBe(404);
  });
});
