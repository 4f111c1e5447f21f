import { z } from 'zod';
import { type GivenText, givenText, line, pageAddress } from '../../kit/localized.ts';
import { type ClientKeys, clientKeys } from './client-keys.ts';
import { text } from './input.ts';
import { proxyHeaders } from './proxy-headers.ts';
import { type ProxyRule, proxyRules } from './proxy-rules.ts';
import { type TokenBinding, tokenBinding } from './token-binding.ts';

export type AppType = 'web' | 'spa' | 'native' | 'service';
export type TokenFormat = 'jwt' | 'opaque';
export const registration = z.enum(['document', 'dynamic']);
export type Registration = z.infer<typeof registration>;

/**
 * The way in which the consent page asks for the accounts of a connection. `required`: they come with the consent.
 * `ticked`, `unticked`: people may leave them out, by a box that the page shows so.
 */
export const accountConsent = z.enum(['required', 'ticked', 'unticked']);
export type AccountConsent = z.infer<typeof accountConsent>;

/** One line of an app's policy: it may use the tokens of this connection. */
export interface AppConnection {
  /** The connection's alias. */
  readonly connection: string;
  /** Upstream scopes that the app may request for a token. Empty: all that the connection grants. */
  readonly scopes: readonly string[];
  /** True when the app may also use them without the person's session. */
  readonly background: boolean;
  readonly consent: AccountConsent;
  /** True when the app gets the provider token itself; otherwise it can only call the proxy. */
  readonly handout: boolean;
  /** Calls of the provider's API that the proxy makes for the app. Empty: none. */
  readonly proxy: readonly ProxyRule[];
  /** Request headers that the proxy passes beside the usual ones, in lower case. */
  readonly proxyHeaders: readonly string[];
  /** The rate limit of retrievals per identity. Null: no limit. */
  readonly rate: ConnectionRate | null;
}

export interface ConnectionRate {
  readonly requests: number;
  readonly seconds: number;
}

export interface App {
  readonly id: string;
  readonly name: string;
  readonly type: AppType;
  readonly enabled: boolean;
  readonly firstParty: boolean;
  readonly pkceRequired: boolean;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** Receives a logout token when a person's session ends (OpenID Connect Back-Channel Logout 1.0). */
  readonly backchannelLogoutUri: string | null;
  readonly homepage: string | null;
  /** Public keys for `private_key_jwt`, in place of a secret. */
  readonly jwks: ClientKeys | null;
  /** The address at which it publishes such keys, in place of `jwks`. */
  readonly jwksUri: string | null;
  /** It may sign people in on devices without a browser or keyboard (RFC 8628). */
  readonly deviceFlow: boolean;
  /** The way in which it learns that a person has decided elsewhere (CIBA). Null: it may not ask so. */
  readonly backchannelTokenDeliveryMode: 'poll' | 'ping' | null;
  /** The address that is told, with `ping`. */
  readonly backchannelClientNotificationEndpoint: string | null;
  /** It must push its authorization requests (RFC 9126). */
  readonly requirePushedAuthorizationRequests: boolean;
  /** It must sign its authorization requests with one of its keys (RFC 9101). */
  readonly requireSignedRequestObject: boolean;
  /** The types of authorization details that it may ask for (RFC 9396). */
  readonly authorizationDetailsTypes: readonly DetailType[];
  readonly connections: readonly AppConnection[];
  /** Identifiers of the APIs that it may request tokens for. */
  readonly apis: readonly string[];
  /** Identifiers of the APIs whose tokens it may introspect, for any client. */
  readonly introspects: readonly string[];
  readonly accessTokenFormat: TokenFormat | null;
  /** Seconds. */
  readonly accessTokenLifetime: number | null;
  /** The key that its tokens must be bound to. A bearer token of it is then refused. */
  readonly tokenBinding: TokenBinding;
  /** The same for the tokens by which it acts in the background. */
  readonly backgroundBinding: TokenBinding;
  /** The scope of a request that names none (RFC 6749 section 3.3). Null: that of the API it names, if any. */
  readonly defaultScope: string | null;
  /** The aliases of the connections that its sign-in page offers. Null: the deployment's. */
  readonly signInConnections: readonly string[] | null;
  /** The name on pages. Null: `name`. */
  readonly displayName: GivenText | null;
  readonly about: AppAbout | null;
  /** The tool that keeps the registration. Null: people. */
  readonly managedBy: string | null;
  /** The app registered itself, by a metadata document or at the registration endpoint. Null: an operator registered it. */
  readonly registration: Registration | null;
  /** The host of its metadata document. Null: it has none. */
  readonly domain: string | null;
  /** Its own description changed then. A consent from before does not count. */
  readonly documentChangedAt: Date | null;
  /** The metadata document was read then. */
  readonly documentReadAt: Date | null;
  readonly documentFreshUntil: Date | null;
  /** A person got tokens by it then. Null: never, or an operator registered it. */
  readonly lastUsedAt: Date | null;
  /** Each change raises it. */
  readonly version: number;
  /** The time of the removal, after which the app can be restored for a day. Null: it is in use. */
  readonly removedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** 30 days, in seconds. A retired signing key stays published as long. */
const longestLifetime = 30 * 24 * 3600;
export const tokenFormat = z.enum(['jwt', 'opaque']);
export const tokenLifetime = z.int().min(60).max(longestLifetime);

/** `symbolon_call`: one exact call of a provider's API, which the person approves. */
export const detailType = z.enum(['symbolon_call']);
export type DetailType = z.infer<typeof detailType>;

export const deliveryMode = z.enum(['poll', 'ping']);

const uris = z.array(z.string()).max(50);
const homepage = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .regex(/^[^\s\\\p{Cc}]*$/u, 'must not contain spaces, backslashes or control characters');
const rate = z.strictObject({
  requests: z.int().min(1).max(1_000_000),
  seconds: z.int().min(1).max(86_400),
});
export const appConnection = z.strictObject({
  connection: z.string().min(1).max(64),
  scopes: z.array(text(256).min(1)).max(100).default([]),
  background: z.boolean().default(false),
  consent: accountConsent.default('required'),
  handout: z.boolean().default(true),
  proxy: proxyRules.default([]),
  proxyHeaders: proxyHeaders.default([]),
  rate: rate.nullable().default(null),
});
const connections = z
  .array(appConnection)
  .max(100)
  .refine(
    (lines) => new Set(lines.map(({ connection }) => connection)).size === lines.length,
    'names a connection twice',
  );

const scopeList = z
  .string()
  .max(2048)
  .regex(
    /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/,
    'must be scopes with one space between (RFC 6749 section 3.3)',
  );

const identifiers = z.array(text(2048).min(1)).max(100);

/** Facts about the operator of an app, which people see before they consent. */
export const appAbout = z
  .strictObject({
    owner: line(100).describe('The name of the company or person that gets the data'),
    contact: line(200).describe('An e-mail address, telephone number or address for people'),
    purpose: givenText(300).describe('Why it uses the data'),
    kinds: givenText(300).describe('The kinds of data'),
    privacy: pageAddress.describe('Its privacy policy'),
    terms: pageAddress.describe('Its terms'),
  })
  .partial();
export type AppAbout = z.output<typeof appAbout>;

/** The changeable fields of an app. An absent field stays as it is. */
export const appChanges = z
  .strictObject({
    name: text(100).min(1),
    enabled: z.boolean(),
    firstParty: z.boolean(),
    pkceRequired: z.boolean(),
    redirectUris: uris,
    postLogoutRedirectUris: uris,
    backchannelLogoutUri: z.string().max(2048).nullable(),
    homepage: homepage.nullable(),
    jwks: clientKeys.nullable(),
    jwksUri: z.string().max(2048).nullable(),
    deviceFlow: z.boolean(),
    backchannelTokenDeliveryMode: deliveryMode.nullable(),
    backchannelClientNotificationEndpoint: z.string().max(2048).nullable(),
    requirePushedAuthorizationRequests: z.boolean(),
    requireSignedRequestObject: z.boolean(),
    authorizationDetailsTypes: z
      .array(detailType)
      .refine((types) => new Set(types).size === types.length, 'names a type twice'),
    connections,
    apis: identifiers,
    introspects: identifiers,
    accessTokenFormat: tokenFormat.nullable(),
    accessTokenLifetime: tokenLifetime.nullable(),
    tokenBinding,
    backgroundBinding: tokenBinding,
    defaultScope: scopeList.nullable(),
    signInConnections: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(100)
      .refine((aliases) => new Set(aliases).size === aliases.length, 'names a connection twice')
      .nullable(),
    displayName: givenText(60).nullable(),
    about: appAbout.nullable(),
  })
  .partial();

export const newApp = appChanges.extend({
  name: text(100).min(1),
  type: z.enum(['web', 'spa', 'native', 'service']),
});

export type AppChanges = z.input<typeof appChanges>;
export type NewApp = z.input<typeof newApp>;

/** Returns whether an app authenticates with keys of its own, and so has no secret. */
export function hasKeys({
  jwks,
  jwksUri,
}: {
  readonly jwks?: unknown;
  readonly jwksUri?: string | null | undefined;
}) {
  return Boolean(jwks) || (jwksUri ?? null) !== null;
}

export function isConfidential(type: AppType): boolean {
  return type === 'web' || type === 'service';
}
