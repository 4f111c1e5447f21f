import type { AuthorizeRules } from '../authorize/rules.ts';
import type { Token } from '../core/ledger-types.ts';
import { derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import type { Problem } from '../core/refusal.ts';
import { bearer, type Call, json } from '../core/wire.ts';
import type { Profile, Room } from '../profile.ts';
import { requireToken } from './require-token.ts';
import { mountRevocation, type RevocationRules } from './revocation.ts';
import { type RfcError, rfcDialect } from './rfc-dialect.ts';
import { standardAuthorize } from './standard-authorize.ts';
import { commonFields, type Issued, mountTokenEndpoint, type TokenRules } from './token-endpoint.ts';

type Fields = Record<string, unknown>;
type Parameters = Readonly<Record<string, string>>;
type OwnIdentity = Pick<Profile, 'name' | 'title' | 'provider' | 'clientId' | 'subject'>;

export interface StandardOptions extends OwnIdentity, Partial<Omit<Profile, keyof OwnIdentity | 'mount'>> {
  readonly authorize: Partial<AuthorizeRules> & Pick<AuthorizeRules, 'path'>;
  /** Returns the final parameters of a callback. */
  readonly sealed?: (parameters: Parameters, room: Room) => Parameters;
  /** The path of the API, below the profile. */
  readonly api?: string;
  readonly token: Partial<TokenRules> & Pick<TokenRules, 'path' | 'life'>;
  /** Rewrites the RFC 6749 answer into the provider's own. */
  readonly answer?: (fields: Fields, issued: Issued, room: Room) => Fields | Promise<Fields>;
  /** Absent: the ID token has all claims. */
  readonly userinfo?: {
    readonly path: string;
    readonly methods?: readonly string[];
    /** One of these scopes is required; an empty list accepts any token. */
    readonly scopes?: readonly string[];
    readonly token?: (call: Call) => string | undefined;
    readonly body: (person: Person, room: Room, token: Token & { readonly call: Call }) => unknown;
  };
  readonly revocation?: Partial<RevocationRules> & Pick<RevocationRules, 'path'>;
  readonly words?: Partial<Record<Problem, RfcError>>;
  readonly more?: (room: Room) => void;
}

/**
 * Returns the profile of a provider that follows RFC 6749, except as the options say. The engines implement the protocols
 * for all profiles: authorization, token endpoint, revocation, userinfo, OpenID Connect. They contain no provider's quirk;
 * a profile gives those as options or as code of its own.
 */
export function standardProfile(options: StandardOptions): Profile {
  const { authorize, sealed, api = '', token, answer, userinfo, revocation, words, more, ...own } = options;
  const clientAuth = token.clientAuth ?? ['basic', 'post'];
  return {
    clientSecret: derived(`${own.name} client secret`, 40),
    endpoints: {
      authorization: [authorize.path].flat()[0] ?? '',
      token: token.path,
      ...(userinfo && { userinfo: userinfo.path }),
      api,
      ...(revocation === undefined ? {} : { revocation: revocation.path }),
    },
    scopeSeparator: ' ',
    rotation: 'static',
    mint: { code: () => random(40), access: () => random(43), refresh: () => random(43) },
    refuse: rfcDialect(words),
    ...own,
    mount(room) {
      room.authorize({
        ...standardAuthorize,
        ...authorize,
        ...(sealed && { sealed: (parameters) => sealed(parameters, room) }),
      });
      mountTokenEndpoint(room, {
        redirect: 'required',
        pkce: 'checked',
        repeatsRefreshToken: true,
        fields: async (issued) => {
          const fields = commonFields(room, issued);
          return answer === undefined ? fields : answer(fields, issued, room);
        },
        ...token,
        clientAuth,
      });
      if (userinfo) mountUserinfo(room, userinfo);
      if (revocation !== undefined) mountRevocation(room, { clientAuth, reach: 'family', ...revocation });
      more?.(room);
    },
  };
}

function mountUserinfo(room: Room, userinfo: NonNullable<StandardOptions['userinfo']>): void {
  room.route({
    kind: 'profile',
    methods: userinfo.methods ?? ['GET'],
    path: userinfo.path,
    handle: (call) => {
      const token = requireToken(room, (userinfo.token ?? bearer)(call), userinfo.scopes);
      return json(userinfo.body(room.person(token.user), room, { ...token, call }));
    },
  });
}
