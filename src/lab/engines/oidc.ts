import { signHmac } from '../core/keys.ts';
import type { Token } from '../core/ledger-types.ts';
import { sha256 } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { json } from '../core/wire.ts';
import type { ProfileFault, Room } from '../profile.ts';
import type { Issued } from './token-endpoint.ts';

type Claims = Record<string, unknown>;

export interface OidcRules {
  /** The path, where it is not the usual one. */
  readonly discoveryPath?: string;
  readonly jwksPath: string;
  readonly issuer: () => string;
  readonly idTokenSeconds: number;
  /** For a request with `max_age`, ID tokens have `auth_time` (OpenID Connect Core 3.1.2.1). */
  readonly tellsAuthTime?: boolean;
  /** Returns the claims about the person beyond `sub`. */
  readonly claims: (person: Person, token: Token) => Claims;
  readonly metadata: () => Claims;
  /** Returns the secret that signs this ID token, where it is not signed with the provider's key. */
  readonly hmac?: (issued: Issued) => string | undefined;
}

export function mountDiscovery(
  room: Room,
  rules: Pick<OidcRules, 'discoveryPath' | 'jwksPath' | 'metadata'>,
): void {
  room.route({
    kind: 'discovery',
    methods: ['GET'],
    path: rules.discoveryPath ?? '/.well-known/openid-configuration',
    handle: () => json(rules.metadata(), 200, { 'cache-control': 'public, max-age=3600' }),
  });
  room.route({
    kind: 'jwks',
    methods: ['GET'],
    path: rules.jwksPath,
    handle: async () => json(await room.keys.published(), 200, { 'cache-control': 'public, max-age=3600' }),
  });
}

/** Returns an ID token for the access token just issued, made invalid if a fault requires it. */
export async function idToken(room: Room, rules: OidcRules, issued: Issued): Promise<string> {
  const { access, nonce, authTime, call } = issued;
  const person = room.person(access.user);
  const now = Math.floor(room.ledger.now() / 1000);
  const claims: Claims = {
    iss: rules.issuer(),
    azp: access.clientId,
    aud: access.clientId,
    sub: room.profile.subject(person, access.clientId),
    at_hash: sha256(access.value).subarray(0, 16).toString('base64url'),
    ...(nonce === null ? {} : { nonce }),
    ...(rules.tellsAuthTime && authTime !== null && { auth_time: authTime }),
    ...rules.claims(person, access),
    iat: now,
    exp: now + rules.idTokenSeconds,
  };
  const spoil = spoilt[call.fault ?? ''];
  const said = spoil === undefined ? claims : spoil(claims);
  const secret = rules.hmac?.(issued);
  const token = await (secret === undefined ? room.keys.sign(said) : signHmac(said, secret));
  return disguise[call.fault ?? '']?.(token) ?? token;
}

const spoilt: Record<string, (claims: Claims) => Claims> = {
  id_token_wrong_iss: (claims) => ({ ...claims, iss: 'https://attacker.example' }),
  id_token_wrong_aud: (claims) => ({ ...claims, aud: 'somebody-else' }),
  id_token_two_audiences: ({ azp: _, ...claims }) => ({ ...claims, aud: [claims.aud, 'somebody-else'] }),
  id_token_wrong_nonce: (claims) => ({ ...claims, nonce: 'another' }),
  id_token_no_nonce: ({ nonce: _, ...claims }) => claims,
  id_token_wrong_at_hash: (claims) => ({ ...claims, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }),
  id_token_expired: (claims) => ({
    ...claims,
    iat: Number(claims.iat) - 7200,
    exp: Number(claims.iat) - 3600,
  }),
  // Also for providers that send it in any case.
  id_token_stale_auth_time: (claims) => ({ ...claims, auth_time: Number(claims.iat) - 86_400 }),
  id_token_early_auth_time: (claims) => ({ ...claims, auth_time: Number(claims.iat) + 86_400 }),
  id_token_no_auth_time: ({ auth_time: _, ...claims }) => claims,
  id_token_no_sub: ({ sub: _, ...claims }) => claims,
  id_token_other_sub: (claims) => ({ ...claims, sub: '999999999999999999999' }),
};

const disguise: Record<string, (token: string) => string> = {
  id_token_bad_signature: (token) => `${token.slice(0, -8)}AAAAAAAA`,
  id_token_alg_none: (token) => `${encode({ alg: 'none', typ: 'JWT' })}.${token.split('.')[1]}.`,
};

/** The faults of ID tokens, to be armed on `token`. */
export const oidcFaults: Record<string, ProfileFault> = Object.fromEntries(
  [...Object.keys(spoilt), ...Object.keys(disguise)].map((name) => [name, {}]),
);

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
