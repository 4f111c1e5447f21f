import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aliases, createStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});

beforeEach(async () => {
  for (const alias of aliases) await stage.world.control('DELETE', `${alias}/faults`);
});

/**
 * Checks that the app receives `error`, that nothing but the used code has changed, and that one audit event
 * says why.
 */
async function failsCleanly(alias: string, error: string): Promise<Readonly<Record<string, unknown>>> {
  const door = await stage.atTheDoor(alias);
  const [before, events] = [await stage.tally(), await stage.countEvents()];
  const landed = await door.browser.open(door.callback);
  expect(landed.url.origin + landed.url.pathname).toBe(stage.app.redirectUri);
  const { searchParams } = landed.url;
  expect(searchParams.get('error')).toBe(error);
  expect(searchParams.get('iss')).toBe(stage.world.issuer);
  expect(searchParams.has('code')).toBe(false);
  expect(await stage.tally()).toEqual({ ...before, tokenRequests: before.tokenRequests + 1 });
  expect(await stage.isSignedIn(door.browser)).toBe(false);
  const failures = (await stage.eventsSince(events)).filter(({ type }) => type === 'login.failed');
  expect(failures).toHaveLength(1);
  const told = stage.world.minted().filter((secret) => JSON.stringify(failures).includes(secret));
  expect(told).toEqual([]);
  return failures[0]?.detail ?? {};
}

describe('a provider that answers 200 with an error:', () => {
  it.each(
    aliases.flatMap((alias) =>
      ['invalid_grant', 'omit_access_token', 'html', 'empty', 'truncated', 'huge', 'redirect'].map(
        (fault) => [alias, fault] as const,
      ),
    ),
  )('%s, by %s: the sign-in fails cleanly', async (alias, fault) => {
    await stage.world.control('POST', `${alias}/faults`, { on: 'token', fault });
    expect(await failsCleanly(alias, 'server_error')).toMatchObject({ step: 'exchange' });
  });

  it.each(
    aliases.flatMap((alias) => ['error_200', '503', '429', 'reset'].map((fault) => [alias, fault] as const)),
  )('%s, by %s: the app may try again', async (alias, fault) => {
    await stage.world.control('POST', `${alias}/faults`, { on: 'token', fault });
    const busyIsUnknown = fault === 'error_200' && alias === 'google';
    await failsCleanly(alias, busyIsUnknown ? 'server_error' : 'temporarily_unavailable');
  });

  it.each(aliases)('%s, for a secret that an admin must correct', async (alias) => {
    await stage.world.control('POST', `${alias}/faults`, { on: 'token', fault: 'invalid_client' });
    const events = await stage.countEvents();
    expect(await failsCleanly(alias, 'server_error')).toMatchObject({ failure: 'misconfigured' });
    const types = (await stage.eventsSince(events)).map(({ type }) => type);
    expect(types).toContain('connection.misconfigured');
  });

  it.each(
    aliases.flatMap((alias) => ['500', 'html', 'truncated', 'huge', 'reset'].map((f) => [alias, f] as const)),
  )('%s, whose profile is broken by %s, signs in the person whom an ID token names', async (alias, fault) => {
    await stage.world.control('POST', `${alias}/faults`, { on: 'profile', fault });
    if (alias === 'google') {
      const { browser, callback } = await stage.atTheDoor(alias);
      await browser.open(callback);
      expect(await stage.isSignedIn(browser)).toBe(true);
      return;
    }
    const passing = fault === '500' || fault === 'reset';
    const detail = await failsCleanly(alias, passing ? 'temporarily_unavailable' : 'server_error');
    expect(detail).toMatchObject({ step: 'profile' });
  });
});

describe('an invalid ID token', () => {
  it.each([
    'id_token_wrong_iss',
    'id_token_wrong_aud',
    'id_token_two_audiences',
    'id_token_wrong_nonce',
    'id_token_no_nonce',
    'id_token_wrong_at_hash',
    'id_token_expired',
    'id_token_no_sub',
    'id_token_other_sub',
    'id_token_bad_signature',
    'id_token_alg_none',
  ])('by %s signs no one in', async (fault) => {
    await stage.world.control('POST', 'google/faults', { on: 'token', fault });
    await failsCleanly('google', 'server_error');
  });

  it('whose keys cannot be fetched is a temporary failure', async () => {
    await stage.world.control('POST', 'google/keys', { drop: true });
    await stage.world.control('POST', 'google/faults', { on: 'jwks', fault: '503', times: 5 });
    // The known keys may still be in use, so a refusal may be a final or a temporary one.
    const landed = await stage.atTheDoor('google').then(({ browser, callback }) => browser.open(callback));
    expect(landed.url.searchParams.get('code')).toBeNull();
  });

  it('about another person than userinfo signs no person in', async () => {
    await stage.world.control('DELETE', 'google/faults');
    await stage.world.control('POST', 'google/faults', { on: 'profile', fault: 'userinfo_other_sub' });
    expect(await failsCleanly('google', 'server_error')).toMatchObject({ code: 'sub_mismatch' });
  });
});

describe('a provider that refuses the sign-in:', () => {
  const hostile = '<svg onload=alert(1)>"\'\r\nSet-Cookie: x=1';

  it.each(aliases)('%s is reported to the app as an error of ours', async (alias) => {
    const door = await stage.atTheDoor(alias);
    const [before, events] = [await stage.tally(), await stage.countEvents()];
    const said = { code: undefined, error: 'access_denied', error_description: hostile };
    const landed = await door.browser.open(stage.changed(door.callback, said));
    expect(landed.stopped).toBe(true);
    expect(landed.url.searchParams.get('error')).toBe('access_denied');
    expect(repeated(landed.url, ['svg onload', 'Set-Cookie'])).toEqual([]);
    expect(await stage.tally()).toEqual(before);
    const heard = await stage.eventsSince(events);
    expect(heard).toMatchObject([{ type: 'login.failed', detail: { code: 'access_denied' } }]);
    expect(JSON.stringify(heard)).not.toContain('svg');
  });

  it('WeChat’s refusal has the state only', async () => {
    const door = await stage.atTheDoor('wechat');
    const landed = await door.browser.open(stage.changed(door.callback, { code: undefined }));
    expect(landed.url.searchParams.get('error')).toBe('access_denied');
  });

  it.each([
    ['temporarily_unavailable', 'temporarily_unavailable'],
    ['user_cancelled_login', 'access_denied'],
    ['invalid_scope', 'server_error'],
    [hostile, 'server_error'],
    ['否'.repeat(64), 'server_error'],
    ['\u0000', 'server_error'],
  ])('with %j is reported as %s', async (error, heard) => {
    const door = await stage.atTheDoor('github');
    const landed = await door.browser.open(stage.changed(door.callback, { code: undefined, error }));
    expect(landed.url.searchParams.get('error')).toBe(heard);
    expect(repeated(landed.url, ['svg onload', 'Set-Cookie', '否', '\0', '\r'])).toEqual([]);
  });

  it('for an unknown attempt leads to an error page without the provider’s text', async () => {
    const address = new URL(`${stage.world.issuer}/connections/github/callback`);
    const said = { state: 'nobody', error: 'access_denied', error_description: hostile };
    const answer = await stage.inVain(() => stage.newBrowser().open(stage.changed(address, said)), {
      audited: 'not_open',
    });
    expect([answer.status, answer.stopped]).toEqual([400, false]);
    expect(answer.html).not.toMatch(/<svg|onload|nobody/);
  });

  it('is accepted only in the browser of the attempt', async () => {
    const door = await stage.atTheDoor('github');
    const denied = stage.changed(door.callback, { code: undefined, error: 'access_denied' });
    const stranger = await stage.inVain(() => stage.newBrowser().open(denied), { audited: 'not_open' });
    expect(stranger.status).toBe(400);
    expect((await stage.comeBack(door.browser, door.callback)).stopped).toBe(true);
  });
});

/** Returns those words that a URL repeats in any of its parameters. */
function repeated(url: URL, words: readonly string[]): string[] {
  const values = [...url.searchParams.values()];
  return words.filter((word) => values.some((value) => value.includes(word)));
}

describe('all of these attacks', () => {
  it('leave no secret in the log, the answer pages or the audit', async () => {
    const logged = stage.world.logged();
    const audit = JSON.stringify(await stage.eventsSince(0));
    const told = stage.world.minted().filter((secret) => logged.includes(secret) || audit.includes(secret));
    expect(told).toEqual([]);
  });
});
