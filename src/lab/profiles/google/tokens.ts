import { Refusal } from '../../core/refusal.ts';
import { type Call, json, param, type Reply } from '../../core/wire.ts';
import { idToken, mountDiscovery, type OidcRules } from '../../engines/oidc.ts';
import { commonFields, type Issued, mountTokenEndpoint } from '../../engines/token-endpoint.ts';
import type { Room } from '../../profile.ts';
import { claims } from './claims.ts';
import { expand } from './scopes.ts';

const day = 86_400;

export function mountGoogleTokens(room: Room): void {
  const oidc = oidcRules(room);
  mountDiscovery(room, oidc);
  mountTokenEndpoint(room, {
    path: '/token',
    clientAuth: ['basic', 'post'],
    redirect: 'required',
    pkce: 'checked',
    // A refresh token expires after six months without use.
    life: { access: 3599, refresh: 180 * day },
    refreshSlides: true,
    repeatsRefreshToken: false,
    maxRefreshTokens: 100,
    scopesOf: expand,
    fields: async (issued) => {
      const fields = { ...commonFields(room, issued), ...timeLimit(room, issued) };
      if (!issued.access.scopes.includes('openid')) return fields;
      const issuer = () =>
        issued.call.fault === 'iss_without_scheme' ? withoutScheme(room.base()) : room.base();
      return { ...fields, id_token: await idToken(room, { ...oidc, issuer }, issued) };
    },
  });
  room.route({
    kind: 'revoke',
    methods: ['POST', 'GET'],
    path: '/revoke',
    handle: (call) => revoke(room, call),
  });
}

/** Returns the end of the refresh token, for a consent with an end or an app in testing. */
function timeLimit(room: Room, { call, refresh }: Issued): Record<string, unknown> {
  if (call.fault !== 'time_limited' || refresh === undefined) return {};
  refresh.expiresAt = room.ledger.now() + 7 * day * 1000;
  return { refresh_token_expires_in: 7 * day };
}

/** Ends the whole grant of this person and client, by any of its tokens. */
function revoke(room: Room, call: Call): Reply {
  const value = param(call, 'token');
  if (value === undefined) throw new Refusal('missing', 'token');
  const token = room.ledger.token(value);
  if (token === undefined || !room.ledger.isLive(token)) throw new Refusal('token_unknown');
  room.ledger.endGrant(room.grant(token), 'revoked_by_client');
  return json({});
}

function oidcRules(room: Room): OidcRules {
  const { base } = room;
  return {
    jwksPath: '/oauth2/v3/certs',
    issuer: base,
    idTokenSeconds: 3600,
    claims: (person, token) => claims(room, person, token),
    metadata: () => ({
      issuer: base(),
      authorization_endpoint: `${base()}/o/oauth2/v2/auth`,
      token_endpoint: `${base()}/token`,
      userinfo_endpoint: `${base()}/v1/userinfo`,
      revocation_endpoint: `${base()}/revoke`,
      jwks_uri: `${base()}/oauth2/v3/certs`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'email', 'profile'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    }),
  };
}

function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//, '');
}
