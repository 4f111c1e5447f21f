import type { Clock } from '../kit/clock.ts';
import type { AuthorizeRules } from './authorize/rules.ts';
import type { CallKind } from './core/call-log.ts';
import type { LabClient } from './core/client.ts';
import type { SigningAlgorithm, SigningKeys } from './core/keys.ts';
import type { Ledger } from './core/ledger.ts';
import type { Grant, Token } from './core/ledger-types.ts';
import type { Person } from './core/people.ts';
import type { Problem } from './core/refusal.ts';
import type { RotationMode } from './core/rotation-mode.ts';
import type { Call, Reply } from './core/wire.ts';

/** A fault that only this provider has. Without either function, the profile's code reads `call.fault` itself. */
export interface ProfileFault {
  /** Returns an answer that replaces the real one. */
  readonly reply?: (call: Call) => Reply;
  /** Returns the changed real answer. */
  readonly bend?: (reply: Reply) => Reply;
}

/** A simulated provider: data, its dialect, and the endpoints it mounts. */
export interface Profile {
  /** The first path segment. */
  readonly name: string;
  readonly title: string;
  /** The id of the broker's connector whose provider is simulated. */
  readonly provider: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Endpoint overrides for a connection, relative to the profile. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The connector's options that a connection to this profile needs, including secret ones. */
  readonly options?: Readonly<Record<string, string>>;
  /** The scopes that a connection to this profile requests, where the connector has no default. */
  readonly scopes?: readonly string[];
  readonly scopeSeparator: string;
  readonly rotation: RotationMode;
  readonly mint: { code(): string; access(): string; refresh(): string };
  /** The algorithm of ID tokens; RS256 where absent. */
  readonly signingAlgorithm?: SigningAlgorithm;
  readonly people?: readonly Person[];
  /** Claims in which an SDK's ID token differs from the usual one. */
  readonly sdkClaims?: (person: Person, room: Room) => Readonly<Record<string, unknown>>;
  /** The scopes of tokens from an SDK. */
  readonly sdkScopes?: readonly string[];
  /** Returns the provider's session of a token family, where ID tokens name it. */
  readonly session?: (family: string) => string;
  readonly faults?: Readonly<Record<string, ProfileFault>>;
  readonly subject: (person: Person, clientId: string) => string;
  /** Whether the credential authenticates the client, where it is not simply the secret. */
  readonly secretFits?: (given: string, client: LabClient, room: Room) => boolean;
  readonly refuse: (problem: Problem, call: Call, detail: string) => Reply;
  readonly mount: (room: Room) => void;
}

export interface RouteSpec {
  readonly kind: CallKind | ((call: Call) => CallKind);
  readonly methods: readonly string[];
  readonly path: string | readonly string[];
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

/** A running profile, as its endpoints use it. */
export interface Room {
  readonly profile: Profile;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly keys: SigningKeys;
  readonly people: readonly Person[];
  /** Returns the public URL of this profile, without a trailing slash. */
  base(): string;
  rotation(): RotationMode;
  client(id: string | undefined): LabClient | undefined;
  /** Returns the person with this id or name who has an account, if there is one. */
  find(id: string): Person | undefined;
  person(id: string): Person;
  picture(person: Person): string;
  grant(of: Token | { grant: string }): Grant;
  route(spec: RouteSpec): void;
  authorize(rules: AuthorizeRules): void;
}
