import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { strict } from '../../src/lab/profiles/strict.ts';
import { labProfiles } from '../../src/lab/profiles.ts';
import type { RefreshFamily } from '../../src/lab/refresh-history.ts';
import { type Fields, labWorld, redirectUri } from './lab-world.ts';

const world = labWorld({ profiles: [strict()] });
const verifier = 'v'.repeat(43);
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');

function post(form: Fields) {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('strict');
  return world.post('/strict/token', { client_id, client_secret, ...form });
}

async function signIn(): Promise<Fields> {
  const challenge = { code_challenge: sha256(verifier), code_challenge_method: 'S256' };
  const url = await world.authorize('strict', { response_type: 'code', scope: 'openid', ...challenge });
  const grant = { grant_type: 'authorization_code', code_verifier: verifier, redirect_uri: redirectUri };
  return (await post({ ...grant, code: url.searchParams.get('code') })).json;
}

const refresh = ({ refresh_token }: Fields) => post({ grant_type: 'refresh_token', refresh_token });
const history = async () => (await world.control('strict/refresh-tokens')).json as RefreshFamily[];
const arm = (fault: string, more: object = {}) =>
  world.control('strict/faults', { on: 'refresh', fault, ...more });

describe('the strict profile', () => {
  test('is not offered to new operators', () => {
    expect(labProfiles.map(({ name }) => name)).not.toContain('strict');
  });

  test('stores every refresh token by its hash, and shows none', async () => {
    const first = await signIn();
    expect(first).toMatchObject({ expires_in: 60, id_token: expect.any(String) });
    const second = (await refresh(first)).json;
    const family = (await history()).at(-1);
    expect(family).toMatchObject({ user: 'lin', killed: false, killed_at: null });
    expect(family?.tokens).toMatchObject([
      { hash: sha256(first.refresh_token), live: false, replays: 0 },
      { hash: sha256(second.refresh_token), live: true, struck_by: null },
    ]);
    expect(JSON.stringify(await history())).not.toContain(second.refresh_token);
  });

  test('counts replays, also those after the family has ended', async () => {
    const first = await signIn();
    await refresh(first);
    await refresh(first);
    await arm('500', { after: true });
    await refresh(first);
    const family = (await history()).at(-1);
    expect(family).toMatchObject({ killed: true });
    const begun = Date.parse(family?.tokens[1]?.issued_at ?? '');
    expect(Date.parse(family?.killed_at ?? '')).toBeGreaterThanOrEqual(begun);
    expect(family?.tokens).toMatchObject([
      { replays: 2, replays_struck: 1 },
      { replays: 0, live: false },
    ]);
  });

  test('records the fault by which an answer was lost after the work was done', async () => {
    const first = await signIn();
    await arm('500', { after: true });
    expect((await refresh(first)).status).toBe(500);
    expect((await history()).at(-1)?.tokens).toMatchObject([
      { live: false },
      { live: true, struck_by: '500' },
    ]);
  });

  test('is slow before or after its work', async () => {
    const first = await signIn();
    await arm('none', { delay_ms: 30, after: true });
    const answered = refresh(first);
    const started = Date.now();
    await answered;
    expect(Date.now() - started).toBeGreaterThanOrEqual(25);
    expect((await history()).at(-1)?.tokens).toHaveLength(2);
  });

  test('keeps the old refresh token valid if it sends no new one', async () => {
    const first = await signIn();
    await arm('omit_refresh_token');
    expect((await refresh(first)).json).not.toHaveProperty('refresh_token');
    expect((await refresh(first)).status).toBe(200);
  });

  test.each<[shape: string, seen: object]>([
    ['status_202', { status: 202 }],
    ['odd_token_type', { json: { token_type: 'BearerToken ' } }],
    ['scope_list', { json: { scope: ['openid'] } }],
    ['null_id_token', { json: { id_token: null } }],
    ['spoiled_id_token', { json: { id_token: expect.stringMatching(/AAAAAAAA$/) } }],
    ['lifetime_in_words', { json: { expires_in: ' 60s' } }],
  ])('answers in the odd shape %s with tokens that work', async (shape, seen) => {
    const first = await signIn();
    await arm(shape);
    const odd = await refresh(first);
    expect(odd).toMatchObject(seen);
    expect((await refresh(odd.json)).status).toBe(200);
  });

  test('adds members to an answer, large or deep', async () => {
    const first = await signIn();
    await arm('large_member');
    const large = (await refresh(first)).json;
    expect(large.padding).toHaveLength(3_000_000);
    await arm('deep_member');
    const deep = (await refresh(large)).json;
    expect(deep).toMatchObject({ nested: { value: { value: {} } } });
    expect((await refresh(deep)).status).toBe(200);
  });
});
