import { z } from 'zod';
import { type AppConnection, appConnection, tokenFormat, tokenLifetime } from './app.ts';
import { text } from './input.ts';
import { type SigningAlg, signingAlg } from './signing-alg.ts';
import { type TokenBinding, tokenBinding } from './token-binding.ts';

/** A resource server that accepts our tokens. */
export interface Api {
  readonly id: string;
  /** The audience of its tokens (RFC 8707 `resource`). */
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  readonly accessTokenFormat: 'jwt' | 'opaque';
  readonly signingAlg: SigningAlg;
  /** Seconds. */
  readonly accessTokenLifetime: number;
  /** Seconds, for a token of a single-page app. Null: the same as `accessTokenLifetime`. */
  readonly browserAccessTokenLifetime: number | null;
  /** True when a first-party app may use this API without the consent of its users. */
  readonly firstPartySkipsConsent: boolean;
  /** `any`: apps that registered themselves may ask for its tokens too, with the person's consent. */
  readonly clients: 'listed' | 'any';
  /** The key that its tokens must be bound to. */
  readonly tokenBinding: TokenBinding;
  /** True when the API can authenticate: to introspect, and to act on behalf of the callers of its tokens. */
  readonly hasSecret: boolean;
  /** The client id of the confidential app that may act for the API. Null: only the API itself does. */
  readonly client: string | null;
  /** The policy: the accounts that it may use on behalf of the callers of its tokens. */
  readonly connections: readonly ApiConnection[];
  /** The tool that keeps the registration. Null: people. */
  readonly managedBy: string | null;
  /** Each change raises it. */
  readonly version: number;
  readonly createdAt: Date;
}

/** One line of an API's policy. It acts for a person who calls it, and never in the background. */
export interface ApiConnection extends Omit<AppConnection, 'background'> {
  readonly connectionId: string;
}

export interface ApiScope {
  readonly name: string;
  /** Shown on the consent page. */
  readonly description: string;
  /** True when people may leave it out on the consent page. */
  readonly optional: boolean;
}

// RFC 6749 section 3.3. `idp:` marks the broker's own scopes; the reserved names are OpenID Connect's.
const scopeName = z
  .string()
  .max(128)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope token')
  .refine((name) => !name.startsWith('idp:'), 'must not start with idp:')
  .refine((name) => !['openid', 'profile', 'email', 'offline_access'].includes(name), 'is reserved');

export const apiClients = z.enum(['listed', 'any']);

const apiScopes = z
  .array(
    z.strictObject({
      name: scopeName,
      description: text(300).default(''),
      optional: z.boolean().default(false).describe('People may leave it out on the consent page'),
    }),
  )
  .max(200)
  .refine((scopes) => new Set(scopes.map(({ name }) => name)).size === scopes.length, 'names a scope twice');

export const apiConnection = appConnection.omit({ background: true });

const apiConnections = z
  .array(apiConnection)
  .max(100)
  .refine(
    (lines) => new Set(lines.map(({ connection }) => connection)).size === lines.length,
    'names a connection twice',
  );

export const apiChanges = z
  .strictObject({
    name: text(100).min(1),
    scopes: apiScopes,
    accessTokenFormat: tokenFormat,
    signingAlg,
    accessTokenLifetime: tokenLifetime,
    browserAccessTokenLifetime: tokenLifetime.nullable(),
    firstPartySkipsConsent: z.boolean(),
    tokenBinding,
    client: text(64).min(1).nullable(),
    connections: apiConnections,
    clients: apiClients,
  })
  .partial();

// RFC 8707 section 2.
const identifier = z
  .string()
  .max(2048)
  .regex(/^[a-z][a-z0-9+.-]*:[\x21\x22\x24-\x7e]+$/i, 'must be an absolute URI without fragment')
  .refine((uri) => URL.canParse(uri), 'must be an absolute URI without fragment');

export const newApi = apiChanges.extend({ identifier, name: text(100).min(1) });

export type ApiChanges = z.input<typeof apiChanges>;
export type NewApi = z.input<typeof newApi>;
