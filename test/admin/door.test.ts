import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin } from './client.ts';

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

/** The path is sent as written; fetch would normalise it. */
function raw(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<number> {
  const { hostname, port } = new URL(world.issuer);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}

describe('access', () => {
  it('is refused without the token', async () => {
    for (const authorization of [
      '',
      'Bearer wrong',
      `Bearer ${world.adminToken}x`,
      `Basic ${world.adminToken}`,
    ]) {
      const answer = await call('GET', '/users', undefined, { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body).toMatchObject({ code: 'invalid_token', status: 401 });
    }
  });

  it('is refused with the token in the URL', async () => {
    const answer = await fetch(`${world.issuer}/admin/v1/users?access_token=${world.adminToken}`);
    expect(answer.status).toBe(400);
  });

  it('is granted to the bearer of the token, and nothing is cached', async () => {
    const answer = await call('GET', '/users');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  // The paths that a proxy in front may take for another one.
  it.each([
    '//admin/v1/users',
    '/ADMIN/v1/users',
    '/Admin/V1/users',
    '/admin;x/v1/users',
    '/admin/v1;x/users',
    '/admin//v1/users',
    '/%61dmin/v1/users',
    '/./admin/v1/users',
    '/x/../admin/v1/users',
    '/admin/v1/users/',
    '/admin/v1/users%2f',
    '/admin%2fv1/users',
    '/admin',
    '/admin/',
    '/admin/v2/users',
  ])('%s gives an unauthenticated caller nothing', async (path) => {
    expect([401, 404]).toContain(await raw(path));
    expect([401, 404]).toContain(await raw(path, 'DELETE'));
  });
});

describe('the answer to a request that does not fit', () => {
  it('is 404 for an unknown path, to authorized callers', async () => {
    expect(await call('GET', '/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await call('GET', '/users/')).toMatchObject({ status: 404 });
  });

  it('is 405 with Allow for an unknown method', async () => {
    const answer = await call('PUT', '/apps', {});
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, POST, HEAD');
    expect(await call('POST', '/users', {})).toMatchObject({ status: 405 });
    expect(await call('OPTIONS', '/events')).toMatchObject({ status: 405 });
  });

  it('is 415, 400, 413 or 422 for a wrong body', async () => {
    const post = (body: string, type = 'application/json') =>
      call('POST', '/apps', body, { 'content-type': type });
    expect(await post('name=x', 'application/x-www-form-urlencoded')).toMatchObject({ status: 415 });
    expect(await post('{}', 'text/plain')).toMatchObject({ status: 415 });
    expect(await call('POST', '/apps')).toMatchObject({ status: 415 });
    expect(await post('{"name":')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await post(JSON.stringify({ name: 'x'.repeat(70_000) }))).toMatchObject({ status: 413 });
    expect(await post('[]')).toMatchObject({ status: 422 });
    expect(await post('"text"')).toMatchObject({ status: 400 });
    const deep = `{"name":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    expect(await post(deep)).toMatchObject({ status: 422 });
  });

  it('is 400 for an invalid cursor', async () => {
    const forged = Buffer.from('{"id":"x\'; DROP TABLE app"}').toString('base64url');
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=x',
      'limit=1&limit=2',
      'cursor=abc',
      `cursor=${forged}`,
      'of=x',
    ]) {
      expect(await call('GET', `/apps?${query}`), query).toMatchObject({ status: 400 });
      expect(await call('GET', `/users?${query}`), query).toMatchObject({ status: 400 });
    }
  });

  it('is 404 for a malformed id', async () => {
    for (const id of ['nothing', 'app_%00', "'%20OR%201=1", '%F0%9F%98%80', 'usr_'.repeat(100)]) {
      expect((await call('GET', `/apps/${id}`)).status).toBe(404);
      expect((await call('GET', `/apis/${id}`)).status).toBe(404);
      expect((await call('GET', `/users/${id}/identities`)).status).toBe(404);
      expect((await call('DELETE', `/users/${id}`)).status).toBe(404);
      expect((await call('GET', `/connections/${encodeURIComponent(id.replace('%00', ''))}`)).status).toBe(
        404,
      );
    }
    expect((await call('GET', '/connections/%00')).status).toBe(404);
    expect((await call('GET', '/apps/%ff')).status).toBe(400);
  });
});
