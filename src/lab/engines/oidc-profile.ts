import type { Token } from '../core/ledger-types.ts';
import type { Person } from '../core/people.ts';
import type { Profile, Room } from '../profile.ts';
import { idToken, mountDiscovery, type OidcRules, oidcFaults } from './oidc.ts';
import { type StandardOptions, standardProfile } from './standard.ts';
import type { Issued } from './token-endpoint.ts';

type Claims = Record<string, unknown>;
type Userinfo = NonNullable<StandardOptions['userinfo']>;

export interface OidcOptions extends Omit<StandardOptions, 'userinfo' | 'answer'> {
  readonly oidc: Partial<Pick<OidcRules, 'discoveryPath' | 'idTokenSeconds' | 'tellsAuthTime'>> & {
    readonly jwksPath: string;
    readonly issuer?: (room: Room) => string;
    /** The claims of ID token and userinfo beside `sub`; by default those of `profile` and `email`. */
    readonly claims?: (person: Person, room: Room, token: Token) => Claims;
    /** Members that are added to the metadata, or replace others. */
    readonly metadata?: (room: Room) => Claims;
    readonly hmac?: (room: Room, issued: Issued) => string | undefined;
    /** Only the code exchange returns an ID token. */
    readonly silentRefresh?: true;
  };
  readonly userinfo?: Pick<Userinfo, 'path'> & Partial<Userinfo>;
  /** Returns further members of the token answer. */
  readonly extra?: (room: Room, issued: Issued) => Claims;
}

/** Returns the profile of a provider that follows OpenID Connect, except as the options say. */
export function oidcProfile({ oidc, userinfo, extra, more, ...own }: OidcOptions): Profile {
  const profile: Profile = standardProfile({
    ...own,
    faults: { ...oidcFaults, ...own.faults },
    answer: async (fields, issued, room) => ({
      ...fields,
      ...extra?.(room, issued),
      ...(tellsWho(issued) && {
        id_token: await idToken(room, rulesOf(room), issued),
      }),
    }),
    ...(userinfo && {
      userinfo: {
        methods: ['GET', 'POST'],
        scopes: ['openid'],
        body: (person: Person, room: Room, token: Token) => ({
          sub: room.profile.subject(person, token.clientId),
          ...rulesOf(room).claims(person, token),
        }),
        ...userinfo,
      },
    }),
    more: (room) => {
      mountDiscovery(room, rulesOf(room));
      more?.(room);
    },
  });

  function tellsWho({ call, access }: Issued): boolean {
    const refreshing = call.form.get('grant_type') === 'refresh_token';
    return access.scopes.includes('openid') && !(refreshing && oidc.silentRefresh);
  }

  function rulesOf(room: Room): OidcRules {
    const { jwksPath, discoveryPath, idTokenSeconds = 3600, tellsAuthTime = false } = oidc;
    const { claims = standardClaims } = oidc;
    const issuer = () => oidc.issuer?.(room) ?? room.base();
    return {
      jwksPath,
      ...(discoveryPath !== undefined && { discoveryPath }),
      issuer,
      idTokenSeconds,
      tellsAuthTime,
      ...(oidc.hmac && { hmac: (issued) => oidc.hmac?.(room, issued) }),
      claims: (person, token) => claims(person, room, token),
      metadata: () => ({ ...metadata(room, profile, jwksPath), issuer: issuer(), ...oidc.metadata?.(room) }),
    };
  }

  return { ...profile, endpoints: { issuer: '', jwks: oidc.jwksPath, ...profile.endpoints } };
}

function metadata(room: Room, { endpoints, signingAlgorithm = 'RS256' }: Profile, jwksPath: string): Claims {
  const at = (path: string | undefined) => (path === undefined ? undefined : room.base() + path);
  return {
    authorization_endpoint: at(endpoints.authorization),
    token_endpoint: at(endpoints.token),
    userinfo_endpoint: at(endpoints.userinfo),
    revocation_endpoint: at(endpoints.revocation),
    jwks_uri: at(jwksPath),
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [signingAlgorithm],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
  };
}

/** Returns the claims of OpenID Connect Core 5.4 that the lab's people have. */
export function standardClaims(person: Person, room: Room, { scopes }: Pick<Token, 'scopes'>): Claims {
  const { name, givenName, familyName, email, emailVerified } = person;
  return {
    ...(scopes.includes('profile') && {
      name,
      given_name: givenName,
      picture: room.picture(person),
      ...(familyName !== '' && { family_name: familyName }),
    }),
    ...(scopes.includes('email') && email !== null && { email, email_verified: emailVerified }),
  };
}
