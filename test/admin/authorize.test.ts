import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import { createAuthorizeAdmin } from '../../src/admin/authorize.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { Secret } from '../../src/kit/secret.ts';

type Deps = Parameters<typeof createAuthorizeAdmin>[0];

const person = { id: 'usr_1', roles: ['admin'], disabledAt: null };

function authorize(token: string, about: { scopes?: string[]; user?: object | undefined } = {}) {
  const { scopes = ['admin'], user = person } = about;
  const deps = {
    adminApiToken: new Secret('bootstrap'),
    clock: systemClock,
    adminTokens: { noteBootstrapUse: async () => undefined, find: async () => undefined },
    verify: async () => ({ userId: 'usr_1', clientId: 'app_1', scopes: new Set(scopes) }),
    identities: { findUser: async () => user },
  } as unknown as Deps;
  const request = { query: {}, headers: { authorization: `Bearer ${token}` } } as unknown as Request;
  return createAuthorizeAdmin(deps)(request);
}

describe('an admin is', () => {
  it('a caller with the bootstrap token', () =>
    expect(authorize('bootstrap', { scopes: [] })).resolves.toMatchObject({
      role: 'owner',
      principal: 'bootstrap',
    }));

  it('a person with the role, through an app with the scope', () =>
    expect(authorize('ours')).resolves.toMatchObject({ role: 'owner', principal: 'usr_1' }));

  it('not a person without the scope', () =>
    expect(authorize('ours', { scopes: ['openid'] })).rejects.toMatchObject({
      code: 'insufficient_scope',
      status: 403,
    }));

  it('not a person without the role', () =>
    expect(authorize('ours', { user: { ...person, roles: [] } })).rejects.toMatchObject({ status: 403 }));

  it('not a disabled person', () =>
    expect(authorize('ours', { user: { ...person, disabledAt: new Date() } })).rejects.toMatchObject({
      status: 401,
    }));
});
