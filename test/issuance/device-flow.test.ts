import * as client from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/kit/clock.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { withReadOnlyDatabase } from '../support/read-only-database.ts';
import { post, type RelyingApp, registerApp } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// People sign in on a device without a browser, by a code that they enter elsewhere (RFC 8628).

let room: Room;
let tv: RelyingApp;

beforeAll(async () => {
  room = await openRoom({ pollInterval: 0.01 });
  tv = await registerApp(room, {
    name: 'Living room TV',
    type: 'native',
    redirectUris: [],
    deviceFlow: true,
    homepage: 'https://tv.example/about',
  });
});

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';

interface Begun {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
}

async function begin(params: Record<string, string> = {}, by = tv): Promise<Begun> {
  const { status, body } = await post(`${room.issuer}/oauth/device`, {
    client_id: by.id,
    scope: 'openid profile offline_access',
    ...params,
  });
  expect(status).toBe(200);
  return body as unknown as Begun;
}

const poll = (device_code: string, by = tv, more: Record<string, string> = {}) =>
  post(`${room.issuer}/oauth/token`, { grant_type: grantType, client_id: by.id, device_code, ...more });

const errorOf = async (device_code: string) => (await poll(device_code)).body.error;

/** Enters the code as a person would, up to the page that asks to compare it. */
async function enter(code: string, browser = createBrowser()): Promise<{ page: Page; browser: Browser }> {
  const form = await browser.open(`${room.issuer}/device`);
  return { page: await browser.submit(form, { fields: { user_code: code } }), browser };
}

/** Presses the first button of every page up to the last one. */
async function approve(code: string, browser = createBrowser()): Promise<{ page: Page; browser: Browser }> {
  let { page } = await enter(code, browser);
  for (let steps = 0; steps < 6 && page.forms.length > 0 && !page.text.includes('is connected'); steps += 1)
    page = await browser.submit(page);
  return { page, browser };
}

describe('a device', () => {
  it('gets tokens by openid-client, unmodified, after its person has compared the code and consented', async () => {
    const begun = await client.initiateDeviceAuthorization(tv.config, {
      scope: 'openid profile offline_access idp:wechat',
    });
    expect(begun).toMatchObject({ verification_uri: `${room.issuer}/device`, expires_in: 600 });
    expect(begun.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    const browser = createBrowser();
    const form = await browser.open(begun.verification_uri_complete ?? '');
    expect(form.forms[0]?.entries).toContainEqual(['user_code', begun.user_code]);
    const compare = await browser.submit(form);
    for (const words of [
      'Living room TV',
      'tv.example',
      begun.user_code,
      'started this yourself',
      'sent you this code',
    ])
      expect(compare.text).toContain(words);
    const signIn = await browser.submit(compare);
    const consent = await browser.submit(signIn);
    expect(consent.text).toContain('tv.example');
    const done = await browser.submit(consent);
    expect(done.text).toContain('go back to your device');
    const tokens = await client.pollDeviceAuthorizationGrant(tv.config, begun);
    expect(tokens.claims()?.sub).toBe('usr_lin');
    expect(tokens.scope?.split(' ').sort()).toEqual(['idp:wechat', 'offline_access', 'openid', 'profile']);
    const next = await client.refreshTokenGrant(tv.config, tokens.refresh_token ?? '');
    expect(next.access_token).toBeDefined();
    const { rows } = await room.database.pool.query(`SELECT type FROM audit_event WHERE app_id = $1`, [
      tv.id,
    ]);
    expect(rows.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['consent.given', 'device.approved']),
    );
  });

  it('may be entered in small letters, without the dash, with blanks, or in full width', async () => {
    const ways: ((code: string) => string)[] = [
      (code) => code.toLowerCase(),
      (code) => code.replace('-', ''),
      (code) => ` ${code.split('').join(' ')} `,
      (code) =>
        code.replace(/[A-Z-]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)),
    ];
    for (const way of ways) {
      const { user_code } = await begin();
      expect((await enter(way(user_code))).page.text).toContain(user_code);
    }
  });

  it('waits for its person, and is told to slow down where it asks too often', async () => {
    const { device_code, user_code } = await begin();
    expect(await errorOf(device_code)).toBe('authorization_pending');
    room.clock.advance(seconds(5));
    expect(await errorOf(device_code)).toBe('authorization_pending');
    const hasty = await openRoom({ database: room.database, issuer: room.issuer, clock: room.clock });
    const ask = async () =>
      (await post(`${hasty.address}/oauth/token`, { grant_type: grantType, client_id: tv.id, device_code }))
        .body.error;
    expect([await ask(), await ask()]).toEqual(['authorization_pending', 'slow_down']);
    room.clock.advance(seconds(6));
    expect(await ask()).toBe('slow_down');
    room.clock.advance(seconds(20));
    expect(await ask()).toBe('authorization_pending');
    await approve(user_code);
    expect((await poll(device_code)).body.access_token).toBeDefined();
  });

  it('gets tokens once: a code that comes twice ends what it gave', async () => {
    const { device_code, user_code } = await begin();
    await approve(user_code);
    const tokens = (await poll(device_code)).body;
    expect(tokens.refresh_token).toBeDefined();
    expect(await errorOf(device_code)).toBe('invalid_grant');
    const refresh = client.refreshTokenGrant(tv.config, String(tokens.refresh_token));
    await expect(refresh).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('that is approved at one process gets tokens once at most, by polls at two others at once', async () => {
    const { device_code, user_code } = await begin();
    const others = await Promise.all(
      [1, 2].map(() => openRoom({ database: room.database, issuer: room.issuer })),
    );
    await approve(user_code);
    const form = { grant_type: grantType, client_id: tv.id, device_code };
    const polls = Array.from({ length: 8 }, (_, n) => post(`${others[n % 2]?.address}/oauth/token`, form));
    const answers = await Promise.all(polls);
    // A poll that finds the code used ends what the first one is about to get, and the person begins again.
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ body }) => body.error))).toEqual(new Set(['invalid_grant']));
  });

  it('waits while the database only reads, and goes on', async () => {
    const { device_code, user_code } = await begin();
    await withReadOnlyDatabase(room.database, async () => {
      const form = { client_id: tv.id, scope: 'openid' };
      await expect
        .poll(async () => await post(`${room.issuer}/oauth/device`, form))
        .toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
      expect((await fetch(`${room.issuer}/device`)).status).toBe(503);
    });
    await approve(user_code);
    expect((await poll(device_code)).body.access_token).toBeDefined();
  });

  it('is refused by its person, before the sign-in or on the consent page', async () => {
    const first = await begin();
    const { page, browser } = await enter(first.user_code);
    const refused = await browser.submit(page, { button: 'abort' });
    expect(refused.text).toContain('You have refused the device');
    expect(await errorOf(first.device_code)).toBe('access_denied');

    const second = await begin();
    const compared = await enter(second.user_code, browser);
    const consent = await browser.submit(await browser.submit(compared.page));
    const denied = await browser.submit(consent, { button: 'deny' });
    expect(denied.text).toContain('You have refused the device');
    expect(await errorOf(second.device_code)).toBe('access_denied');
  });

  it('has ten minutes', async () => {
    const { device_code, user_code } = await begin();
    await room.database.pool.query(
      `UPDATE artifact SET payload = regexp_replace(payload, '"exp":\\d+', '"exp":1') WHERE kind = 'DeviceCode'`,
    );
    await room.adopt();
    expect(await errorOf(device_code)).toBe('expired_token');
    expect((await enter(user_code)).page.text).toContain('has expired');
  });
});

describe('a code', () => {
  it('of one app is nothing to another, and no token for an app that may not use the flow', async () => {
    const other = await registerApp(room, {
      name: 'Other',
      type: 'native',
      redirectUris: [],
      deviceFlow: true,
    });
    const { device_code, user_code } = await begin();
    await approve(user_code);
    expect(await poll(device_code, other)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await poll(device_code)).status).toBe(200);
    const plain = await registerApp(room, { name: 'Plain', type: 'native' });
    const refused = await post(`${room.issuer}/oauth/device`, { client_id: plain.id, scope: 'openid' });
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('can be guessed six times in one browser and twenty times from one address, in ten minutes', async () => {
    room.clock.advance(minutes(11));
    const tried: number[] = [];
    for (let browsers = 0; browsers < 3; browsers += 1) {
      const browser = createBrowser();
      for (let tries = 0; tries < 7; tries += 1)
        tried.push((await enter(`BCDF-GHJ${'BCDFGHJ'[tries]}`, browser)).page.status);
    }
    expect(tried.filter((status) => status === 400)).toHaveLength(18);
    expect(tried[6]).toBe(429);
    const browser = createBrowser();
    for (let tries = 0; tries < 3; tries += 1) tried.push((await enter('WRNG-CDXX', browser)).page.status);
    expect(tried.slice(-3)).toEqual([400, 400, 429]);
    const { user_code } = await begin();
    expect((await enter(user_code, createBrowser())).page.status).toBe(429);
    room.clock.advance(minutes(11));
    expect((await enter(user_code, createBrowser())).page.text).toContain(user_code);
    const { rows } = await room.database.pool.query(
      `SELECT 1 FROM audit_event WHERE type = 'device.codes_guessed'`,
    );
    expect(rows.length).toBeGreaterThan(0);
  });

  it('cannot be guessed more often from one address by requests at once', async () => {
    room.clock.advance(minutes(11));
    const browsers = Array.from({ length: 26 }, () => createBrowser());
    const forms = await Promise.all(browsers.map((browser) => browser.open(`${room.issuer}/device`)));
    const pages = await Promise.all(
      browsers.map((browser, at) =>
        browser.submit(forms[at] as Page, { fields: { user_code: 'BCDF-GHJB' } }),
      ),
    );
    const tried = pages.map(({ status }) => status);
    expect([...new Set(tried)].sort()).toEqual([400, 429]);
    expect(tried.filter((status) => status === 400).length).toBeLessThanOrEqual(20);
    room.clock.advance(minutes(11));
    const { user_code } = await begin();
    expect((await enter(user_code)).page.text).toContain(user_code);
  });

  it('is confirmed by a form of this browser only', async () => {
    const { user_code } = await begin();
    const browser = createBrowser();
    const form = await browser.open(`${room.issuer}/device`);
    const fields = { user_code, confirm: 'yes', xsrf: 'guessed' };
    const forged = await browser.submit(form, { fields });
    expect([forged.status, forged.text]).toEqual([400, expect.stringContaining('out of date')]);
    const elsewhere = await fetch(`${room.issuer}/device`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams({ user_code, confirm: 'yes' }),
    });
    expect(elsewhere.status).toBe(403);
    const link = await createBrowser().open(`${room.issuer}/device?user_code=%22%3E%3Cscript%3E`);
    expect(link.html).not.toContain('"><script>');
  });

  it('and the device code are in the database only as what a reader cannot use', async () => {
    const { device_code, user_code } = await begin();
    const { page, browser } = await enter(user_code);
    await browser.submit(page);
    const { rows } = await room.database.pool.query('SELECT * FROM artifact');
    const stored = JSON.stringify(rows);
    expect(stored).not.toContain(device_code);
    expect(stored).not.toContain(user_code.replace('-', ''));
    expect(stored).not.toContain(user_code);
  });
});

it('an app is for devices where its operator says so, and the metadata names the endpoint', async () => {
  expect(tv.config.serverMetadata()).toMatchObject({
    device_authorization_endpoint: `${room.issuer}/oauth/device`,
    grant_types_supported: expect.arrayContaining([grantType]),
  });
  const spa = { name: 'Spa', type: 'spa', deviceFlow: true } as const;
  await expect(registerApp(room, spa)).rejects.toMatchObject({ status: 422 });
  const without = registerApp(room, { name: 'No address', type: 'native', redirectUris: [] });
  await expect(without).rejects.toMatchObject({ status: 422 });
});
