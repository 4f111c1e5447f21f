import { beforeAll, describe, expect, it } from 'vitest';
import { boundedJson } from '../../src/connectors/engine/bounded-json.ts';
import { failureOf } from './failure-of.ts';
import { createProviderWorld, finish, type ProviderWorld } from './provider-world.ts';

// A sign-in parses a token answer as leniently as a refresh does. Each of these shapes has been seen.

let world: ProviderWorld;

beforeAll(async () => {
  world = await createProviderWorld('oauth2', 'oauth2');
});

const run = { code: 'rogue-code', iss: undefined, verifier: 'v'.repeat(43), nonce: undefined };
const whole = { access_token: 'rogue-at', refresh_token: 'rogue-rt', token_type: 'Bearer', expires_in: 3600 };

async function tokensFrom(answer: object | string, status = 200) {
  const { rogue } = world;
  rogue.says({
    '/token': (_request, response) => {
      response.statusCode = status;
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    },
    '/userinfo': { id: 'u1' },
  });
  return (await finish(world.withOptions({ subject_path: 'id' }).misled, run)).tokens;
}

describe('a token answer', () => {
  it.each<[string, object]>([
    ['of another type', { token_type: 'BearerToken' }],
    ['of a type with white space', { token_type: ' Bearer ' }],
    ['of a list of types', { token_type: ['Bearer'] }],
    ['with an error that is null', { error: null }],
    ['with an ID token that was not asked for', { id_token: 'abc' }],
    ['with white space around the token', { access_token: ' rogue-at\n' }],
  ])('%s is a token answer', async (_what, more) => {
    const tokens = await tokensFrom({ ...whole, ...more });
    expect(tokens.accessToken.reveal()).toBe('rogue-at');
    expect(tokens.refreshToken?.reveal()).toBe('rogue-rt');
    expect(tokens.expiresIn).toBe(3600);
  });

  it.each([201, 202, 203, 206, 226, 299])('of status %i is a token answer', async (status) => {
    expect((await tokensFrom(whole, status)).accessToken.reveal()).toBe('rogue-at');
  });

  it.each(['data', 'result'])('inside of %s is a token answer', async (name) => {
    const tokens = await tokensFrom({ code: 0, [name]: whole });
    expect([tokens.accessToken.reveal(), tokens.expiresIn]).toEqual(['rogue-at', 3600]);
  });

  it('in form encoding is a token answer', async () => {
    const tokens = await tokensFrom('access_token=rogue-at&scope=a%2Cb&token_type=bearer&expires_in=60');
    expect([tokens.accessToken.reveal(), tokens.scopes, tokens.expiresIn]).toEqual([
      'rogue-at',
      ['a', 'b'],
      60,
    ]);
  });

  it.each<[unknown, string[] | undefined]>([
    ['a b', ['a', 'b']],
    ['a,b', ['a', 'b']],
    ['a, b', ['a', 'b']],
    [
      ['a', 'b c'],
      ['a', 'b', 'c'],
    ],
    [{ a: true, b: false, c: true }, ['a', 'c']],
    [{}, undefined],
    [[7], undefined],
    [7, undefined],
    [null, undefined],
    ['', []],
  ])('with the scope %j names %j', async (scope, names) => {
    expect((await tokensFrom({ ...whole, scope })).scopes).toEqual(names);
  });

  it.each([false, true, null, '', {}, []])(
    'with the refresh token %j has no refresh token',
    async (refresh_token) => {
      expect((await tokensFrom({ ...whole, refresh_token })).refreshToken).toBeUndefined();
    },
  );

  it.each<[string, number | undefined]>([
    ['expires_at', 86_400],
    ['expires_on', 86_400],
    ['expires', 86_400],
  ])('that states its expiry by %s only has an expiry', async (name, left) => {
    const at = Math.floor(world.clock.now().getTime() / 1000) + 86_400;
    const { expiresIn } = await tokensFrom({ ...whole, expires_in: undefined, [name]: at });
    expect(expiresIn).toBeGreaterThanOrEqual((left ?? 0) - 1);
    expect(expiresIn).toBeLessThanOrEqual(left ?? 0);
  });

  it.each<[unknown, number | undefined]>([
    ['soon', 3600],
    [{}, 3600],
    [-1, 3600],
    [undefined, undefined],
    [null, undefined],
  ])('with the lifetime %j lives %j seconds, never for ever by mistake', async (expires_in, seconds) => {
    expect((await tokensFrom({ ...whole, expires_in })).expiresIn).toBe(seconds);
  });

  it('with a lifetime of mostly white space is read quickly', async () => {
    const expires_in = `1${' '.repeat(250_000)}!`;
    expect((await tokensFrom({ ...whole, expires_in })).expiresIn).toBe(3600);
  });

  it('of very many members is cut to some of them, which always include the tokens', () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`k${at}`, at]));
    const kept = JSON.parse(boundedJson(JSON.stringify({ ...many, ...whole })));
    expect(kept).toMatchObject(whole);
    expect(Object.keys(kept)).toHaveLength(1004);
  });

  const years = (count: number) => count * 365 * 86_400;

  it.each<[string, (now: number) => unknown, number]>([
    ['a moment that has passed', (now) => now - 50, 3600],
    ['such a one in milliseconds', (now) => (now - 50) * 1000, 3600],
    ['such a one as a date', (now) => new Date((now - 50) * 1000).toISOString(), 3600],
    ['the year 9999', () => '9999-12-31T23:59:59Z', years(10)],
    ['the greatest number of 32 bits', () => 2_147_483_647, years(10)],
  ])('that says by expires_at %s has an end that it may have', async (_what, at, seconds) => {
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const answer = { ...whole, expires_in: undefined, expires_at: at(now) };
    expect((await tokensFrom(answer)).expiresIn).toBe(seconds);
  });

  it('with a JWT that has expired by our clock has an expiry', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(world.clock.now().getTime() / 1000) - 50;
    const access_token = `${part({ alg: 'RS256' })}.${part({ exp })}.c2ln`;
    expect((await tokensFrom({ ...whole, access_token, expires_in: undefined })).expiresIn).toBe(3600);
    expect((await tokensFrom({ ...whole, access_token, expires_in: 600 })).expiresIn).toBe(600);
  });

  it('of a token without refresh and with the lifetime 0 has no expiry', async () => {
    const tokens = await tokensFrom({ access_token: 'rogue-at', expires_in: 0 });
    expect(tokens.expiresIn).toBeUndefined();
  });

  it.each<[string, string]>([
    ['a member 3,000 levels deep', `${'['.repeat(3000)}${']'.repeat(3000)}`],
    ['a member 100,000 levels deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a member of 3 MB', JSON.stringify('x'.repeat(3_000_000))],
    ['a list of 200,000', JSON.stringify(Array.from({ length: 200_000 }, (_, at) => at))],
    [
      'an object of 200,000',
      JSON.stringify(Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`k${at}`, at]))),
    ],
  ])('with %s is one', async (_what, member) => {
    const tokens = await tokensFrom(`{"more":${member},${JSON.stringify(whole).slice(1)}`);
    expect(tokens.refreshToken?.reveal()).toBe('rogue-rt');
  });

  it('longer than any provider’s is refused', async () => {
    const answer = `{"more":${JSON.stringify('x'.repeat(9_000_000))},${JSON.stringify(whole).slice(1)}`;
    expect(await failureOf(tokensFrom(answer), [])).toMatchObject({ step: 'exchange', code: 'too-large' });
  });

  it('keeps everything else when it is cut: a signed value stays unchanged', () => {
    const text = '{"a": "\\"[{", "b" : [1, {"c":"\\\\"}] , "d":1.50}';
    expect(boundedJson(text)).toBe(text);
    const deep = `{"a": 1, "b": ${'['.repeat(40)}"]"${']'.repeat(40)}, "c": 2}`;
    expect(JSON.parse(boundedJson(deep))).toMatchObject({ a: 1, c: 2 });
    for (const broken of ['{"a":', '{"a":"b', '[[[', ']]]', '', '{"a":"\\'])
      expect(() => JSON.parse(boundedJson(broken))).toThrow();
  });
});
