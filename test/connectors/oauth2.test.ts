import { describe, expect, it } from 'vitest';
import { optionFaults } from '../../src/connectors/contract/options.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';
import { authorizeParameters, challenge, exchangeAt, lin, refreshAt, rejected, rfcWords } from './usual.ts';

const room = conforms({
  provider: 'oauth2',
  profile: 'oauth2',
  authorize: {
    address: 'https://oauth2.invalid/authorize',
    parameters: [
      ...authorizeParameters(/^[0-9a-f]{16}$/, { scope: 'me,mail,offline', audience: 'whoami' }),
      ...challenge,
    ],
  },
  exchange: exchangeAt('/oauth2/oauth/trade', { basic: true, pkce: true }),
  granted: ['me', 'mail', 'offline'],
  narrowed: ['me', 'mail'],
  account: lin('oauth2', {
    subject: expect.stringMatching(/^90071992547\d{8}$/),
    emailVerified: true,
  }),
  words: rfcWords,
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 1800, scope: 'me' },
    path: '/userinfo',
    profile: { uid: '4711', label: 'Bob', faces: [{ href: 'https://o.example/1' }] },
    wrap: (person) => ({ result: [{ person }] }),
    subject: 'uid',
    shown: ['label'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/oauth2/oauth/trade', { basic: true }),
    keepsRefreshToken: true,
  },
  revocation: { method: 'POST', path: '/oauth2/oauth/end', params: ['token', 'token_type_hint'] },
});

describe('a provider described by options', () => {
  const run = { code: 'c', iss: undefined, verifier: 'v'.repeat(43), nonce: undefined };

  it('is sent its token as its API requires, and apps are told how', () => {
    const { connector } = room();
    expect(connector.transport).toEqual({ in: 'header', name: 'X-Api-Token', scheme: 'Key' });
  });

  it('may require the token in the query, the secret in the body, and no challenge', async () => {
    const { rogue } = room();
    const { misled, real } = room().withOptions({
      token_in: 'query',
      token_name: 'key',
      client_authentication: 'client_secret_post',
      pkce: 'unsupported',
      subject_path: 'id',
    });
    expect(real.connector).toMatchObject({ pkce: 'unsupported', clientAuthentication: 'client_secret_post' });
    let asked = '';
    rogue.says({
      '/token': { access_token: 'x' },
      '/userinfo': (request, response) => {
        asked = request.url ?? '';
        response.end('{"id":7}');
      },
    });
    const { account } = await finish(misled, { ...run, verifier: undefined });
    expect(account.subject).toBe('7');
    expect(asked).toContain('key=x');
  });

  it.each([
    ['result.0.person.constructor', '{"result":[{"person":{"uid":"1"}}]}'],
    ['__proto__.uid', '{"__proto__":{"uid":"1"}}'],
    ['result.length', '{"result":["a"]}'],
    ['uid', '{"uid":1.5}'],
    ['uid', '{"uid":-1}'],
    ['uid', '{"uid":{"id":"1"}}'],
  ])('has no person at %s of %s', async (subject_path, profile) => {
    const { rogue } = room();
    const { misled } = room().withOptions({ subject_path });
    rogue.says({
      '/token': { access_token: 'x' },
      '/userinfo': (_request, response) => void response.end(profile),
    });
    // `__proto__` in JSON is a member like any other, not a prototype.
    const found = finish(misled, run).then(({ account }) => account.subject);
    if (subject_path.startsWith('__proto__'))
      expect(['1', undefined]).toContain(await found.catch(() => undefined));
    else await expect(found).rejects.toMatchObject({ step: 'profile', failure: { kind: 'unknown' } });
  });

  it('is handled as the strictest kind if its rotation is unknown', () => {
    const { real } = room().withOptions({ rotation: 'reuse-kills-family' });
    expect(real.connector.refresh).toMatchObject({ how: 'refresh_token', rotation: 'reuse-kills-family' });
    const none = room().withOptions({ rotation: 'no-refresh', access_lifetime: '600' });
    expect(none.real.connector.refresh).toMatchObject({ how: 'none', accessLifetime: 600 });
  });

  it('accepts a refresh token once if the option says so', async () => {
    const { tokens } = await room().arrive('lin');
    await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });

  it('is kept alive while idle if the option states the provider’s limit', () => {
    const keptFor = (options: Record<string, string>) =>
      room().withOptions(options).real.connector.refresh.keepAlive;
    expect(keptFor({})).toBeUndefined();
    expect(keptFor({ keep_alive: '432000' })).toBe(432_000);
    const faults = (keep_alive: string) => optionFaults(room().connector.options, { keep_alive });
    expect(faults('432000')).toEqual([]);
    expect(faults('5 days')).toEqual([expect.stringContaining('keep_alive')]);
  });
});
