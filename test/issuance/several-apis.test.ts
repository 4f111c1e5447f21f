import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { appBrowser, post, type RelyingApp, registerApp, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// One sign-in, several APIs, one audience for each token.

let room: Room;
const mail = 'https://mail.example';
const files = 'https://files.example';
const hidden = 'https://hidden.example';

beforeAll(async () => {
  room = await openRoom();
  const { apis } = room.issuance;
  await apis.create({
    identifier: mail,
    name: 'Mail',
    scopes: [{ name: 'mail:read', description: 'Read your mail' }],
  });
  await apis.create({
    identifier: files,
    name: 'Files',
    scopes: [{ name: 'files:read', description: 'See your files' }, { name: 'files:write' }],
  });
  await apis.create({ identifier: hidden, name: 'Hidden', scopes: [{ name: 'see' }] });
});

const refresh = async (app: RelyingApp, refreshToken: unknown, more: Record<string, string> = {}) =>
  await post(`${room.issuer}/oauth/token`, {
    grant_type: 'refresh_token',
    refresh_token: String(refreshToken),
    client_id: app.id,
    client_secret: app.secret ?? '',
    ...more,
  });

const said = (body: Record<string, unknown>) => {
  const { aud, scope } = decodeJwt<{ scope: string }>(String(body.access_token));
  return { aud, scope: scope.split(' ').sort().join(' ') };
};

const openTo = (identifier: string) => [identifier, `${room.issuer}/userinfo`];

async function signInTo(app: RelyingApp, resources: readonly string[], scope: string) {
  const attempt = await app.begin({ scope });
  for (const resource of resources) attempt.url.searchParams.append('resource', resource);
  const browser = appBrowser();
  const consent = await browser.submit(await browser.open(attempt.url));
  return { consent, tokens: await attempt.redeem((await throughPages(browser, consent)).url) };
}

describe('a sign-in for several APIs', () => {
  it('shows all of them on one page, and the refresh token gets tokens for each', async () => {
    const app = await registerApp(room, { apis: [mail, files] });
    const scope = 'openid offline_access mail:read files:read';
    const { consent, tokens } = await signInTo(app, [mail, files], scope);
    expect(consent.text).toContain('Mail: Read your mail');
    expect(consent.text).toContain('Files: See your files');
    expect(said({ ...tokens })).toEqual({
      aud: openTo(mail),
      scope: 'mail:read offline_access openid',
    });

    const second = await refresh(app, tokens.refresh_token, { resource: files });
    expect(said(second.body)).toEqual({ aud: openTo(files), scope: 'files:read offline_access openid' });
    const third = await refresh(app, second.body.refresh_token, { audience: mail, scope: 'mail:read' });
    expect(said(third.body)).toEqual({ aud: mail, scope: 'mail:read' });
    const fourth = await refresh(app, third.body.refresh_token);
    expect(said(fourth.body).aud).toEqual(openTo(mail));
  });

  it('fails for one that the app may not request, and gets no token for two at once', async () => {
    const app = await registerApp(room, { apis: [mail, files] });
    const attempt = await app.begin({ scope: 'openid' });
    for (const resource of [mail, hidden]) attempt.url.searchParams.append('resource', resource);
    const page = await appBrowser().open(attempt.url);
    expect(page.url.searchParams.get('error')).toBe('invalid_target');

    const { tokens } = await signInTo(app, [mail, files], 'openid offline_access');
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
      client_id: app.id,
      client_secret: app.secret ?? '',
    });
    body.append('resource', mail);
    body.append('resource', files);
    const answer = await fetch(`${room.issuer}/oauth/token`, { method: 'POST', body });
    expect(answer.status).toBe(400);
  });
});

describe('a refresh for an API that the sign-in did not name', () => {
  it('is granted what the person has allowed the app before, and no more', async () => {
    const app = await registerApp(room, { apis: [mail, files, hidden] });
    await app.signIn({ audience: files, scope: 'openid files:read' });
    const { tokens } = await app.signIn({ audience: mail, scope: 'openid offline_access mail:read' });

    const wider = await refresh(app, tokens.refresh_token, { audience: files, scope: 'files:write' });
    expect(wider).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    const given = await refresh(app, tokens.refresh_token, { audience: files });
    expect(said(given.body)).toEqual({ aud: openTo(files), scope: 'files:read offline_access openid' });
    const never = await refresh(app, given.body.refresh_token, { audience: hidden });
    expect(never).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
    const back = await refresh(app, given.body.refresh_token);
    expect(said(back.body).aud).toEqual(openTo(mail));
  });

  it('is refused for an unknown API and for one that the app may not request', async () => {
    const app = await registerApp(room, { apis: [mail], firstParty: true });
    const { tokens } = await app.signIn({ audience: mail, scope: 'openid offline_access' });
    for (const audience of ['https://unknown.example', files]) {
      expect(await refresh(app, tokens.refresh_token, { audience })).toMatchObject({
        status: 400,
        body: { error: 'invalid_target' },
      });
    }
    expect((await refresh(app, tokens.refresh_token)).status).toBe(200);
  });

  it('of a first-party app needs no consent, and another app’s token gets nothing', async () => {
    const own = await registerApp(room, { apis: [mail, files], firstParty: true });
    const { tokens } = await own.signIn({ audience: mail, scope: 'openid offline_access' });
    const given = await refresh(own, tokens.refresh_token, { audience: files, scope: 'openid files:read' });
    expect(said(given.body)).toEqual({ aud: openTo(files), scope: 'files:read openid' });
    const thief = await registerApp(room, { apis: [mail, files], firstParty: true });
    const stolen = await refresh(thief, given.body.refresh_token, { audience: files, scope: 'files:write' });
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
