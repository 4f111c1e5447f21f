import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import type { Brandings } from '../http/branding.ts';
import type { ClientCertificates } from '../http/client-certificate.ts';
import type { ConnectionLabel } from '../http/connection-choices.ts';
import type { Csrf } from '../http/csrf.ts';
import type { FloodLimits } from '../http/flood-limits.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { Events } from '../kit/events/events.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Locale, Text } from '../kit/locale.ts';
import type { Logger } from '../kit/log.ts';
import type { Outbound } from '../kit/outbound.ts';

/** The dependencies of this room. `src/assembly` wires them. */
export interface IssuanceDeps {
  /** URL without a trailing slash. */
  readonly issuer: string;
  readonly second?: SecondIssuer | undefined;
  /** True when the issuer is https. */
  readonly secure: boolean;
  readonly database: Database;
  readonly rowTags: RowTags;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
  /** Sends logout tokens to apps. */
  readonly outbound: Outbound;
  readonly allowedPrivateHosts: readonly string[];
  readonly csrf: Csrf;
  readonly people: People;
  readonly connections: Connections;
  readonly connectionChanges?: ConnectionChanges;
  readonly brandingChanges?: ConnectionChanges;
  /** The caches of other rooms' rows that are told of each change. */
  readonly cachedRows?: CachedRows | undefined;
  readonly agreement: AgreementPort;
  /** The looks of apps. */
  readonly branding?: Pick<Brandings, 'of'>;
  readonly beginLogin: BeginLogin;
  /** Whose consent the background use of a service or first-party app needs; the default is `operator`. */
  readonly backgroundConsent?: 'operator' | 'required' | undefined;
  /** The client certificates that a proxy passes; undefined: none does. */
  readonly clientCertificates?: ClientCertificates | undefined;
  /** Each DPoP proof needs a nonce (RFC 9449 sections 8 and 9); the default is false. */
  readonly requireDpopNonce?: boolean | undefined;
  readonly newAppLimits?: NewAppLimits | undefined;
  readonly listenObserver?: ListenObserver;
  /** Seconds between two polls of a device; default 5. */
  readonly pollInterval?: number | undefined;
  /** Absent: requests to the token endpoint are not limited. */
  readonly limitCaller?: FloodLimits['byCaller'] | undefined;
  /** Called when a person has signed out of all apps in the browser that sent the request. */
  readonly onSignOut?: (request: IncomingMessage) => Promise<void>;
  /** Called after a consent was withdrawn, as a whole or in part. */
  readonly onWithdrawn?: (withdrawn: Withdrawn) => Promise<void>;
}

/** A consent, or its part, that was withdrawn. */
export interface Withdrawn {
  readonly userId: string;
  readonly clientId: string;
  /** A scope, or scopes of one API; undefined: the whole consent. */
  readonly part: string | { readonly api: string; readonly scopes: readonly string[] } | undefined;
}

/** An observer of the LISTEN connection. */
export interface ListenObserver {
  /** The connection was lost. */
  lost(): void;
  /** There is a new connection, and the revocations have been reloaded. */
  resumed(found: {
    /** True when the database's transaction ids show that it has lost its last commits. */
    readonly behind: boolean;
    /** The number of lost revocations, which this process has stored again. */
    readonly revoked: number;
  }): Promise<void>;
}

/** An agreement that the deployment or an app asks people to accept. */
export interface Agreement {
  /** The client id of the app; null: the deployment. */
  readonly app: string | null;
  readonly version: string;
  readonly url: string;
  /** The URL of the privacy policy. */
  readonly privacy: string | null;
}

export interface AgreementPort {
  /** Returns an agreement that the person has yet to accept: the deployment's, then the app's; undefined: none. */
  pending(userId: string, clientId: string): Promise<Agreement | undefined>;
  /** Returns false if the person has accepted this version before. */
  accept(userId: string, agreement: Pick<Agreement, 'app' | 'version'>): Promise<boolean>;
}

export interface People {
  find(userId: string): Promise<Person | undefined>;
  linked(userId: string): Promise<readonly LinkedAccount[]>;
}

export interface Person {
  readonly id: string;
  readonly name: string | null;
  readonly picture: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly disabled: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface LinkedAccount {
  readonly identityId: string;
  readonly connectionId: string;
  /** The connection's alias. */
  readonly connection: string;
  readonly provider: string;
  readonly title: Text;
  readonly name: string | null;
}

export interface Connections {
  /** Returns the enabled connections for sign-in, in display order; with a `User-Agent`, only those that suit the browser. */
  forSignIn(userAgent?: string): Promise<readonly SignInConnection[]>;
  /** Returns the alias of the connection with the same accounts that works in this browser: this one or another. */
  suitable(alias: string, userAgent: string): Promise<string>;
  namesOf(alias: string): Promise<ConnectionNames | undefined>;
  connectionIdOf(alias: string): Promise<string | undefined>;
  aliasOf(connectionId: string): Promise<string | undefined>;
  /** Returns all connections, from a cache. */
  known(): Promise<readonly KnownConnection[]>;
}

/** A connection that `idp:{alias}` scopes can be given for. */
export interface KnownConnection {
  readonly id: string;
  readonly alias: string;
  readonly enabled: boolean;
  readonly createdAt: Date;
}

/** A cache that another room owns. It is cleared by the connection that listens here. */
export interface CachedRows {
  /** By channel. */
  readonly channels: Readonly<Record<string, (message: string) => void>>;
  clear(): void;
}

export interface ConnectionChanges {
  /** The channel by which processes tell each other of a change. */
  readonly channel: string;
  clearCache(): void;
}

export interface SignInConnection extends ConnectionLabel {
  readonly id: string;
}

/** The names of a connection in sentences. */
export interface ConnectionNames {
  readonly title: Text;
  /** The name of an account there, e.g. `GitHub account`. */
  readonly account: Text;
  /** The provider as a place. */
  readonly platform: Text;
  /** For its mark. */
  readonly label?: ConnectionLabel;
  /** The upstream scopes that the connection asks for, and the words for a scope. */
  readonly scopes?: readonly string[];
  readonly wordsOf?: (scope: string) => Text | undefined;
}

/** Starts a sign-in at a provider, sets its cookie, and returns the URL to redirect the browser to. */
export type BeginLogin = (request: Request, response: Response, login: LoginRequest) => Promise<string>;

export interface LoginRequest {
  readonly alias: string;
  readonly resume: { readonly kind: 'interaction'; readonly uid: string };
  readonly loginHint?: string | undefined;
  readonly forceLogin: boolean;
  /** The maximum age, in seconds, of the person's sign-in at the provider. */
  readonly maxAge: number | undefined;
  readonly locale: Locale;
}

/**
 * A second issuer of this server, for apps made for another broker. Its endpoints lead to the same handlers, and tokens
 * issued there carry its name. Users, sessions, apps and grants are shared with the first issuer.
 */
export interface SecondIssuer {
  readonly issuer: string;
  /** The discovery metadata that differ: the URLs of its endpoints. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The parameter, and its value, that mark an authorization request for this issuer. */
  readonly parameter: string;
  readonly value: string;
  /** The form of JWT access tokens that its apps expect. */
  readonly accessToken: {
    /** The member `typ` of the header, in place of RFC 9068's. */
    readonly headerType: string;
    /** The claims that each access token has, and no ID token. Tokens of that header type are checked for them. */
    readonly marks: Readonly<Record<string, string>>;
    /** The claims beside ours; the marks are among them. */
    readonly claims: (of: ClaimSubject) => Readonly<Record<string, unknown>>;
  };
  readonly idToken: {
    /** The claims beside ours, and their names. */
    readonly claims: (of: ClaimSubject) => Readonly<Record<string, unknown>>;
    readonly names: readonly string[];
  };
  /** Returns the members of a token answer for a refresh token, which has the form that its apps expect. */
  readonly refreshMembers: (
    token: string,
    details: RefreshTokenDetails,
  ) => Readonly<Record<string, string | number>>;
}

/** Whom a token is about: the person, or the app itself. */
export interface ClaimSubject {
  readonly subject: string;
  readonly clientId: string;
}

export interface RefreshTokenDetails {
  readonly issuer: string;
  readonly userId: string;
  readonly clientId: string;
  /** Epoch seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Apps that come for the first time, per minute and process. Each costs a row, and a document a call to a stranger's host. */
export interface NewAppLimits {
  /** Of one network: /24, or of IPv6 /48. */
  readonly network: number;
  /** Of one domain of metadata documents. */
  readonly domain: number;
  /** Of all, for documents and registrations apart: open registration keeps no document out. */
  readonly all: number;
}
