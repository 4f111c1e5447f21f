import { expect } from 'vitest';
import { openRoom } from '../../issuance/support/room.ts';
import type { Suite } from './suite.ts';

/** OpenID Connect Discovery 3, RFC 8414 section 2. */
export async function checkMetadata({ issuer, metadata }: Suite): Promise<void> {
  expect(metadata).toMatchObject({
    issuer,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    grant_types_supported: expect.arrayContaining(['authorization_code', 'refresh_token']),
    id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
    scopes_supported: expect.arrayContaining(['openid', 'profile', 'email', 'offline_access']),
    claims_supported: expect.arrayContaining(['sub', 'iss', 'auth_time', 'name', 'email', 'email_verified']),
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: expect.arrayContaining([
      'client_secret_basic',
      'client_secret_post',
      'none',
    ]),
    claims_parameter_supported: true,
    request_parameter_supported: true,
    request_uri_parameter_supported: false,
  });
  expect(metadata).not.toHaveProperty('registration_endpoint');
  for (const endpoint of endpointsOf(metadata)) expect(new URL(endpoint).origin).toBe(issuer);
  for (const locale of metadata.ui_locales_supported as string[]) {
    expect(Intl.getCanonicalLocales(locale)).toEqual([locale]);
  }
  await checkKeys(metadata.jwks_uri);

  // Here the scheme is http, for this machine only; with an https issuer all of them are https.
  const secure = await openRoom({ issuer: 'https://broker.example' });
  const answer = await fetch(`${secure.address}/.well-known/openid-configuration`);
  const published = (await answer.json()) as Record<string, unknown>;
  expect(endpointsOf(published).length).toBeGreaterThan(5);
  for (const endpoint of endpointsOf(published)) expect(endpoint).toMatch(/^https:\/\/broker\.example\//);
}

function endpointsOf(metadata: Readonly<Record<string, unknown>>): string[] {
  const named = Object.entries(metadata).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name));
  return named.map(([, value]) => String(value));
}

async function checkKeys(uri: string): Promise<void> {
  const { keys } = (await (await fetch(uri)).json()) as { keys: Record<string, string>[] };
  expect(keys.length).toBeGreaterThan(0);
  expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  for (const key of keys) {
    expect(key).toMatchObject({ kty: expect.any(String), kid: expect.any(String), use: 'sig' });
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
  }
}
