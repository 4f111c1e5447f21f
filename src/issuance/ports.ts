import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import type { Csrf } from '../http/csrf.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { Events } from '../kit/events/events.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Locale, Text } from '../kit/locale.ts';
import type { Logger } from '../kit/log.ts';
import type { Outbound } from '../kit/outbound.ts';

/** What this room needs of the others; `src/assembly` wires it. */
export interface IssuanceDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly second?: SecondIssuer | undefined;
  /** The issuer is https. */
  readonly secure: boolean;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
  /** For telling apps of a sign-out. */
  readonly outbound: Outbound;
  readonly allowedPrivateHosts: readonly string[];
  readonly csrf: Csrf;
  readonly people: People;
  readonly connections: Connections;
  readonly connectionChanges?: ConnectionChanges;
  readonly beginLogin: BeginLogin;
  readonly listenObserver?: ListenObserver;
  /** Somebody has signed out of all apps in the browser that sent this. */
  readonly onSignOut?: (request: IncomingMessage) => Promise<void>;
}

/** Told of what the connection that listens finds when it comes back to the database. */
export interface ListenObserver {
  /** The connection has ended. */
  lost(): void;
  /** There is a new one. The revocations known here have been read, and written again where they were lost. */
  resumed(found: {
    /** By its transactions, the database has lost its last commits. */
    readonly behind: boolean;
    /** Number of revocations that were lost. */
    readonly revoked: number;
  }): Promise<void>;
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
  /** Alias of the connection. */
  readonly connection: string;
  readonly provider: string;
  readonly title: Text;
  readonly name: string | null;
}

export interface Connections {
  /** Enabled ones that people may sign in with, in display order; with a browser's name, those worth offering there. */
  forSignIn(userAgent?: string): Promise<readonly SignInConnection[]>;
  titleOf(alias: string): Promise<Text | undefined>;
  connectionIdOf(alias: string): Promise<string | undefined>;
  aliasOf(connectionId: string): Promise<string | undefined>;
}

/** The cache of connections, which another room owns. It is cleared by the connection that listens here. */
export interface ConnectionChanges {
  /** The channel by which processes tell each other that a connection has changed. */
  readonly channel: string;
  clearCache(): void;
}

export interface SignInConnection {
  readonly id: string;
  readonly alias: string;
  readonly provider: string;
  readonly title: Text;
}

/** Starts a sign-in at a provider and answers the address to send the browser to; sets its own cookie. */
export type BeginLogin = (request: Request, response: Response, ask: LoginRequest) => Promise<string>;

export interface LoginRequest {
  readonly alias: string;
  readonly resume: { readonly kind: 'interaction'; readonly uid: string };
  readonly loginHint?: string | undefined;
  readonly forceLogin: boolean;
  /** Seconds since the person signed in at most, wherever they did. */
  readonly maxAge: number | undefined;
  readonly locale: Locale;
}

/**
 * A second name of this server, for apps that know it by another: at its endpoints, which lead to the same ones, what
 * is issued says that name. Accounts, sessions, apps and tokens are those of the first.
 */
export interface SecondIssuer {
  readonly issuer: string;
  /** Discovery metadata that differ from the first's: where its endpoints are. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The parameter by which an authorization request says that it came by this name, and its value. */
  readonly parameter: string;
  readonly value: string;
  /** How a refresh token looks to its apps. */
  readonly wrapRefreshToken: (token: string, about: RefreshTokenAbout) => string;
}

export interface RefreshTokenAbout {
  readonly issuer: string;
  readonly userId: string;
  readonly clientId: string;
  /** Epoch seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}
