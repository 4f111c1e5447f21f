import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

/** RFC 6749 section 3.3: an unsupported scope is ignored, and the sign-in continues. */
export const oidccScopeAddress: Module = {
  name: 'oidcc-scope-address',
  async run(suite) {
    const { claims } = await signIn(suite, { request: { scope: 'openid address' } });
    expect(Object.keys(claims)).toEqual(['sub']);
    expect(suite.metadata.scopes_supported).not.toContain('address');
    return { result: 'skipped', why: 'no such scope is offered; a request for it succeeds without' };
  },
};
