import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { createRealm } from '../../src/dialects/keycloak/realm.ts';
import { signatureCheck } from '../../src/issuance/keys/signature.ts';
import { createJwtAccessTokens } from '../../src/issuance/tokens/jwt-access-tokens.ts';

// An access token of the realm has the header type of an ID token. The claim `typ` tells them apart, at the realm alone.

const issuer = 'https://broker.example';
const second = createRealm(issuer, 'symbolon');
const { privateKey, publicKey } = await generateKeyPair('RS256');
const isSignedBy = signatureCheck('RS256', { ...(await exportJWK(publicKey)) } as Record<string, string>);
const { read } = createJwtAccessTokens({
  issuers: [issuer, second.issuer],
  second,
  keys: { verifierOf: () => isSignedBy, has: () => true },
  revocations: { covers: () => false, refresh: async () => undefined },
});

const sign = (iss: string, headerType: string | undefined, typ: unknown) =>
  new SignJWT({ client_id: 'app_1', ...(typ !== undefined && { typ }) })
    .setProtectedHeader({ alg: 'RS256', kid: 'k', ...(headerType !== undefined && { typ: headerType }) })
    .setIssuer(iss)
    .setAudience(`${issuer}/v1`)
    .setSubject('usr_1')
    .setJti('jti')
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey);

it.each([
  [second.issuer, 'JWT', 'Bearer', true],
  // Of a process of the version before this one.
  [second.issuer, 'at+jwt', undefined, true],
  [second.issuer, 'JWT', 'ID', false],
  [second.issuer, 'JWT', 'Refresh', false],
  [second.issuer, 'JWT', 'bearer', false],
  [second.issuer, 'JWT', ['Bearer'], false],
  [second.issuer, 'JWT', undefined, false],
  [second.issuer, 'jwt', 'Bearer', false],
  [second.issuer, 'logout+jwt', 'Bearer', false],
  [second.issuer, undefined, 'Bearer', false],
  [issuer, 'at+jwt', undefined, true],
  [issuer, 'JWT', 'Bearer', false],
  [`${issuer}/realms/other`, 'JWT', 'Bearer', false],
])('%s, header %s, claim %s: %s', async (iss, headerType, typ, isAccessToken) => {
  expect((await read(await sign(iss, headerType, typ))) !== undefined).toBe(isAccessToken);
});
