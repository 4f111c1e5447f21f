import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Options, optionFaults } from '../../src/connectors/contract/options.ts';
import { createUpstream } from '../../src/connectors/engine/upstream.ts';
import { oauth2 } from '../../src/connectors/providers/oauth2.ts';
import { createOutbound } from '../../src/kit/outbound.ts';
import { Secret } from '../../src/kit/secret.ts';
import { createProviderWorld, finish } from './provider-world.ts';

// Providers of the long tail, described by the options of a connection: each has a way of its own to say who a person is, to
// take a token request, or to end a grant.

let world: Awaited<ReturnType<typeof createProviderWorld>>;
beforeAll(async () => {
  world = await createProviderWorld('oauth2', 'oauth2');
});
afterEach(() => world.reset());

interface Sent {
  readonly method: string | undefined;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Returns the requests, in their order, to a provider that answers each path as given. */
function provider(answers: Readonly<Record<string, unknown>>): Sent[] {
  const sent: Sent[] = [];
  const says = Object.entries(answers).map(([path, answer]) => [
    path,
    (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'http://localhost');
        const query = Object.fromEntries(url.searchParams);
        sent.push({ method: request.method, path: url.pathname, query, headers: request.headers, body });
        const given = typeof answer === 'function' ? answer(body) : answer;
        const { status = 200, ...json } = given as { status?: number };
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(json));
      });
    },
  ]);
  world.rogue.says(Object.fromEntries(says));
  return sent;
}

/** The lab's connection has these options, which a provider of a test does not. */
const plain = {
  ...{ token_in: 'header', token_name: 'Authorization', token_scheme: 'Bearer' },
  ...{ subject_path: 'id', scope_separator: 'space' },
};
const talkingTo = (options: Options) => world.withOptions({ ...plain, ...options }).misled;
/** The same with scopes of the operator. */
function withScopes(options: Options) {
  const { connector, registration } = talkingTo(options);
  const outbound = createOutbound({ allowedPrivateHosts: [new URL(world.rogue.url).host] });
  const asked = { ...registration, scopes: ['a', 'b'] };
  return createUpstream({ connector, registration: asked, outbound, clock: world.clock });
}
const run = () => ({ code: 'c', iss: undefined, verifier: 'v'.repeat(43), nonce: undefined });
const tokens = { access_token: 'at-1', refresh_token: 'rt-1', token_type: 'Bearer', expires_in: 3600 };
const form = (sent: Sent | undefined) => Object.fromEntries(new URLSearchParams(sent?.body));
const jwt = (claims: object) =>
  ['{"alg":"none"}', JSON.stringify(claims), 'x']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

describe('the person', () => {
  it('stands in the token answer, where the connection has no profile address', async () => {
    const bare = await createProviderWorld('oauth2', 'oauth2', { from: 'id-token' });
    bare.rogue.says({ '/token': { ...tokens, merchant: { id: 4711 } } });
    const upstream = bare.withOptions({ ...plain, subject_path: 'merchant.id' }).misled;
    expect((await finish(upstream, run())).account.subject).toBe('4711');
    expect(bare.rogue.asked).toEqual(['POST /token']);
    // A stored token tells nothing about the person.
    expect(await upstream.accountOf({ accessToken: new Secret('at-1') })).toBeUndefined();
  });

  it('stands in an access token that is a JWT', async () => {
    provider({ '/token': { ...tokens, access_token: jwt({ sub: 'p-1' }) }, '/userinfo': {} });
    expect((await finish(talkingTo({ subject_path: 'jwt:sub' }), run())).account.subject).toBe('p-1');
  });

  it('is told apart from the same person in another company', async () => {
    provider({ '/token': tokens, '/userinfo': { id: 7, company: { id: 12 }, first: 'Mo', last: 'Li' } });
    const { account } = await finish(
      talkingTo({ subject_path: 'company.id,id', name_path: 'first,last' }),
      run(),
    );
    expect(account).toMatchObject({ subject: '12:7', name: 'Mo Li' });
  });

  it('is refused if a part of the subject would make two accounts one', async () => {
    provider({ '/token': tokens, '/userinfo': { id: '1:2', company: '3' } });
    const found = finish(talkingTo({ subject_path: 'company,id' }), run());
    await expect(found).rejects.toMatchObject({ step: 'profile', code: 'bad_profile' });
  });

  it('is never what the callback says alone, since it came by the browser', () => {
    const faults = (subject_path: string) => optionFaults(oauth2.options, { subject_path });
    expect(faults('callback:user')).toEqual([expect.stringContaining('subject_path')]);
    expect(faults('callback:a,callback:b')).toEqual([expect.stringContaining('subject_path')]);
    expect(faults('callback:realmId,sub')).toEqual([]);
  });

  it.each([
    ['[{"id":"a","main":false},{"id":"b","main":true}]', 'b'],
    ['[{"id":"a","main":true},{"id":"b","main":true}]', undefined],
    ['[]', undefined],
  ])('is the item of %s that says so, wherever it stands', async (accounts, subject) => {
    provider({ '/token': tokens, '/userinfo': { accounts: JSON.parse(accounts) } });
    const found = finish(talkingTo({ subject_path: 'accounts[main=true].id' }), run());
    if (subject) expect((await found).account.subject).toBe(subject);
    else await expect(found).rejects.toMatchObject({ step: 'profile' });
  });

  it('is asked for by a GraphQL query, with the bare token', async () => {
    const sent = provider({ '/token': tokens, '/userinfo': { data: { me: { id: '9', name: 'Mo' } } } });
    const { account } = await finish(
      talkingTo({
        subject_path: 'data.me.id',
        name_path: 'data.me.name',
        profile_body: '{"query":"{ me { id name } }"}',
        token_scheme: 'none',
      }),
      run(),
    );
    expect(account).toMatchObject({ subject: '9', name: 'Mo' });
    expect(sent.at(-1)).toMatchObject({ method: 'POST', body: '{"query":"{ me { id name } }"}' });
    expect(sent.at(-1)?.headers).toMatchObject({ authorization: 'at-1', 'content-type': 'application/json' });
  });
});

describe('the values beside the token', () => {
  it('come from the token answer, the callback and the profile', async () => {
    provider({
      '/token': { ...tokens, api_domain: 'https://eu.example', owner: 'o-1', nested: { a: [1] } },
      '/userinfo': { id: '1', dc: 'us7', flags: { live: true }, long: 'x'.repeat(2000) },
    });
    const { tokens: arrived } = await finish(
      talkingTo({
        parameters:
          'token:api_domain,holder=token:owner,token:nested,dc,live=flags.live,long,absent,callback:none',
      }),
      run(),
    );
    expect(arrived.parameters).toEqual({
      api_domain: 'https://eu.example',
      holder: 'o-1',
      dc: 'us7',
      live: 'true',
    });
  });

  it('are renewed from each token answer', async () => {
    provider({ '/refresh': { ...tokens, access_token: 'at-2', api_domain: 'https://in.example' } });
    const stored = { accessToken: new Secret('at-1'), refreshToken: new Secret('rt-1'), parameters: {} };
    const refreshed = await talkingTo({ parameters: 'token:api_domain,callback:realmId,dc' }).refresh(stored);
    expect(refreshed.parameters).toEqual({ api_domain: 'https://in.example' });
  });
});

describe('a token request', () => {
  const stored = { accessToken: new Secret('at-1'), refreshToken: new Secret('rt-1') };

  it('has the parameters and headers of the provider', async () => {
    const sent = provider({ '/token': tokens, '/userinfo': { id: '1' } });
    await finish(
      talkingTo({ token_parameters: 'expires_in=1800&audience=api', token_headers: 'X-Ask=all%20of%20it' }),
      run(),
    );
    expect(form(sent[0])).toMatchObject({
      expires_in: '1800',
      audience: 'api',
      grant_type: 'authorization_code',
    });
    expect(sent[0]?.headers['x-ask']).toBe('all of it');
  });

  it.each(['client_id=other', 'a=b&redirect_uri=x', 'grant_type=password', 'code=1', 'scope=all'])(
    'cannot have %s replaced',
    (token_parameters) => {
      expect(optionFaults(oauth2.options, { token_parameters })).toHaveLength(1);
    },
  );

  it.each(['Authorization=x', 'a=b&Host=x', 'cookie=1'])('cannot have the header of %s', (token_headers) => {
    expect(optionFaults(oauth2.options, { token_headers })).toHaveLength(1);
  });

  it('is JSON where the provider takes no form', async () => {
    const sent = provider({ '/token': tokens, '/userinfo': { id: '1' } });
    await finish(talkingTo({ token_body: 'json', client_authentication: 'client_secret_post' }), run());
    expect(sent[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({ code: 'c', client_secret: expect.any(String) });
  });

  it('is a query with other names where the provider has those', async () => {
    const sent = provider({ '/token': { result: 1, ...tokens }, '/userinfo': { id: '1' } });
    const upstream = talkingTo({
      token_body: 'query',
      client_authentication: 'client_secret_post',
      parameter_names: 'client_id=app_id&client_secret=app_secret',
    });
    await finish(upstream, run());
    expect(sent[0]).toMatchObject({ method: 'GET', body: '', query: { code: 'c' } });
    expect(Object.keys(sent[0]?.query ?? {})).toEqual(expect.arrayContaining(['app_id', 'app_secret']));
    expect(Object.keys(sent[0]?.query ?? {})).not.toContain('client_secret');
    const address = upstream.rewriteAuthorizeUrl(new URL('https://p.example/a?client_id=1&state=s'));
    expect(address.search).toBe('?app_id=1&state=s&audience=whoami');
  });

  it('has its answer within another one', async () => {
    provider({ '/token': { status: 200, body: tokens }, '/userinfo': { id: '1' } });
    const { tokens: arrived } = await finish(talkingTo({ token_path: 'body' }), run());
    expect(arrived.accessToken.reveal()).toBe('at-1');
  });

  it('repeats the scopes at a refresh where the provider wants them', async () => {
    const sent = provider({ '/refresh': tokens });
    await withScopes({ refresh_scope: 'on' }).refresh(stored);
    await withScopes({}).refresh(stored);
    expect(sent.map((one) => form(one).scope)).toEqual(['a b', undefined]);
  });

  it('is repeated with the scopes if the provider says that they are missing, and not otherwise', async () => {
    const missing = { error: 'invalid_request', error_description: 'The required field scope is missing' };
    const sent = provider({
      '/refresh': (body: string) => (body.includes('scope=') ? tokens : { status: 400, ...missing }),
    });
    expect((await withScopes({}).refresh(stored)).accessToken.reveal()).toBe('at-1');
    expect(sent).toHaveLength(2);

    const dead = provider({
      '/refresh': { status: 400, error: 'invalid_grant', error_description: 'scope is required' },
    });
    await expect(withScopes({}).refresh(stored)).rejects.toMatchObject({ failure: { kind: 'grant-dead' } });
    expect(dead).toHaveLength(1);
  });
});

describe('the end of a grant', () => {
  const stored = {
    ...{ accessToken: new Secret('at-1'), refreshToken: new Secret('rt-1'), subject: 's-1' },
    parameters: { team: 't-1' },
  };

  it.each<[string, Options, Partial<Sent>]>([
    [
      'by the token in the header',
      { revocation_style: 'bearer-delete' },
      { method: 'DELETE', headers: { authorization: 'Bearer at-1' } },
    ],
    ['by a query', { revocation_style: 'query' }, { method: 'POST', query: { token: 'rt-1' }, body: '' }],
    [
      'by JSON with the client in the header',
      { revocation_style: 'json', revocation_authentication: 'basic' },
      {
        method: 'POST',
        body: '{"token":"rt-1"}',
        headers: { authorization: expect.stringMatching(/^Basic /) },
      },
    ],
    [
      'by a form with names of its own',
      {
        revocation_style: 'form',
        revocation_token: 'access',
        revocation_parameters: 'user={subject}&team={team}&access={token}&none={absent}',
      },
      { method: 'POST', body: 'user=s-1&team=t-1&access=at-1&none=' },
    ],
  ])('is asked for %s', async (_how, options, expected) => {
    const sent = provider({ '/revocation': {} });
    await expect(talkingTo(options).revoke(stored)).resolves.toBe('revoked');
    const { headers = {}, ...rest } = expected;
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject(rest);
    expect(sent[0]?.headers).toMatchObject(headers);
  });
});
