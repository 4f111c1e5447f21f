import { describe, expect, it } from 'vitest';
import type { AdminCaller } from '../../src/admin/caller.ts';
import { reasonInHeader, requireDangerous } from '../../src/admin/dangerous-change.ts';

function caller(kind: AdminCaller['actor']['kind'], signedInRecently = false): AdminCaller {
  return { actor: { kind, id: null }, signedInRecently } as AdminCaller;
}

function guard(about: Partial<Parameters<typeof requireDangerous>[0]>, rules = {}) {
  const call = { caller: caller('person', true), reason: 'asked by Lin', approval: 'not needed' as const };
  return () => requireDangerous({ ...call, ...about }, rules);
}

describe('a dangerous change', () => {
  it('needs a recent sign-in of a person, which the answer says as RFC 9470 does', () => {
    expect(guard({})()).toBe('asked by Lin');
    expect(guard({ caller: caller('person') })).toThrow(
      expect.objectContaining({
        code: 'insufficient_user_authentication',
        status: 401,
        headers: { 'WWW-Authenticate': expect.stringContaining('max_age="300"') },
      }),
    );
  });

  it('needs a reason from people and named tokens; ADMIN_API_TOKEN is asked where it is named', () => {
    const missing = expect.objectContaining({ status: 422, message: expect.stringContaining('reason') });
    expect(guard({ reason: undefined })).toThrow(missing);
    expect(guard({ caller: caller('app'), reason: undefined })).toThrow(missing);
    expect(guard({ caller: caller('bootstrap'), reason: undefined })()).toBeUndefined();
    expect(guard({ caller: caller('bootstrap'), reason: undefined }, { reason: 'always' })).toThrow(missing);
  });

  it('waits where a second person has to approve it', () => {
    expect(guard({ approval: 'missing' })).toThrow(expect.objectContaining({ name: 'ApprovalMissing' }));
    expect(guard({ approval: 'given' })()).toBe('asked by Lin');
  });

  it('takes the reason from a header in UTF-8', () => {
    const sent = Buffer.from('林要求的', 'utf8').toString('latin1');
    expect(reasonInHeader(sent)).toBe('林要求的');
    expect(reasonInHeader(undefined)).toBeUndefined();
    for (const wrong of ['', '\u00ff', 'a'.repeat(257)]) {
      expect(() => reasonInHeader(wrong)).toThrow(expect.objectContaining({ status: 400 }));
    }
  });
});
