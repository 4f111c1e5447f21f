import { beforeAll, describe, expect, it } from 'vitest';
import { postForm } from '../dialects/ask.ts';
import type { TestApp } from '../support/app.ts';
import { createExactWorld, credentials, type ExactWorld, tea } from './exact-calls-stage.ts';

// A request for an exact call is refused before a person is asked, if the call could not be made.

let stage: ExactWorld;
let app: TestApp;

beforeAll(async () => {
  stage = await createExactWorld();
  app = await stage.app();
});

describe('a request', () => {
  const pushed = async (details: unknown, by = app, more: Record<string, string> = {}) => {
    const { url } = await by.start({ scope: 'openid', ...more });
    const text = typeof details === 'string' ? details : JSON.stringify(details);
    const form = { ...Object.fromEntries(url.searchParams), authorization_details: text };
    return await postForm(`${stage.world.issuer}/oauth/par`, { ...form, ...credentials(by) });
  };

  const deep = JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) as unknown;

  it.each<[string, unknown, string]>([
    ['no JSON', '[{', 'parse'],
    ['an unknown type', [{ type: 'payment_initiation' }], 'type'],
    ['an unknown member', [{ ...tea, body_digest: 'x' }], 'body_digest'],
    ['an absolute path', [{ ...tea, path: 'https://evil.example/x' }], '[0].path'],
    ['a host in the path', [{ ...tea, path: '//evil.example/x' }], '[0].path'],
    ['encoded dots', [{ ...tea, path: '/%2e%2e/secret' }], '[0].path'],
    ['a query in the path', [{ ...tea, path: '/events?x=1' }], '[0].path'],
    ['a method override', [{ ...tea, query: '_method=DELETE' }], '[0].query'],
    ['a read', [{ ...tea, method: 'GET' }], '[0].method'],
    ['a connection of others', [tea, { ...tea, connection: 'github' }], '[1].connection'],
    ['a connection that is none', [{ ...tea, connection: 'nowhere' }], '[0].connection'],
    ['a denied call', [{ ...tea, path: '/Denied/1' }], '[0].path'],
    ['a call that no rule allows', [{ ...tea, method: 'DELETE' }], '[0].path'],
    ['a credential', [{ ...tea, headers: { authorization: 'Bearer x' } }], '[0].headers'],
    ['a header with a line feed', [{ ...tea, headers: { accept: 'a\nb' } }], '[0].headers'],
    ['too much content', [{ ...tea, body: 'x'.repeat(32 * 1024 + 1) }], '[0].body'],
    ['content nested too deep', [{ ...tea, body: deep }], '[0].body'],
    ['an id that a double changes', [{ ...tea, body: { to: 2 ** 53 } }], 'has a number'],
    ['a number that is none', JSON.stringify([tea]).replace('"Tea"', '1e400'), 'has a number'],
    ['a long reason', [{ ...tea, reason: 'x'.repeat(257) }], '[0].reason'],
    ['the same call twice', [tea, tea], '[1].type'],
    ['six calls', Array.from({ length: 6 }, (_, n) => ({ ...tea, query: `n=${n}` })), '[5].type'],
  ])('with %s is refused, with the name of the member', async (_name, details, field) => {
    const { status, body } = await pushed(details);
    expect([status, body.error]).toEqual([400, 'invalid_authorization_details']);
    expect(String(body.error_description)).toContain(field);
  });

  it('of an app without the type, for another API, for a device or at the token endpoint is refused', async () => {
    const { world } = stage;
    const refused = { status: 400, body: { error: 'invalid_authorization_details' } };
    expect(await pushed([tea], await stage.app({ authorizationDetailsTypes: [] }))).toMatchObject(refused);
    const { broker } = world;
    await broker.issuance.apis.create({ identifier: 'https://api.example', name: 'Other', scopes: [] });
    const wide = await stage.app({ deviceFlow: true, apis: ['https://api.example'] });
    const other = await pushed([tea], wide, { resource: 'https://api.example' });
    expect(other.body.error).toBe('invalid_target');
    const form = { ...credentials(wide), scope: 'openid', authorization_details: JSON.stringify([tea]) };
    expect(await postForm(`${world.issuer}/oauth/device`, form)).toMatchObject(refused);
    const own = { ...form, grant_type: 'client_credentials' };
    expect(await postForm(`${world.issuer}/oauth/token`, own)).toMatchObject(refused);
  });

  it('can be made by the metadata, which name the type', async () => {
    const metadata = await fetch(`${stage.world.issuer}/.well-known/oauth-authorization-server`);
    expect(await metadata.json()).toMatchObject({ authorization_details_types_supported: ['symbolon_call'] });
  });
});
