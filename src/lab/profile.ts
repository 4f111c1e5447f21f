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

/** A fault of this provider's own. With neither function, its code looks at `call.fault` itself. */
export interface ProfileFault {
  /** An answer instead of the real one. */
  readonly reply?: (call: Call) => Reply;
  /** What becomes of the real one. */
  readonly bend?: (reply: Reply) => Reply;
}

/** A simulated provider: data, its dialect, and the endpoints it mounts. */
export interface Profile {
  /** First path segment. */
  readonly name: string;
  readonly title: string;
  /** Id of the broker's connector that this profile stands in for. */
  readonly provider: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Endpoint overrides for a connection, relative to the profile. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Settings of the broker's connector that a connection here needs; secret ones included. */
  readonly options?: Readonly<Record<string, string>>;
  /** Asked for by a connection here, where the connector knows none of its own. */
  readonly scopes?: readonly string[];
  readonly scopeSeparator: string;
  readonly rotation: RotationMode;
  readonly mint: { code(): string; access(): string; refresh(): string };
  /** Of ID tokens; RS256 where absent. */
  readonly signingAlgorithm?: SigningAlgorithm;
  readonly people?: readonly Person[];
  /** What an SDK's ID token says otherwise than the usual one. */
  readonly sdkClaims?: (person: Person, room: Room) => Readonly<Record<string, unknown>>;
  /** Granted to what an SDK brings. */
  readonly sdkScopes?: readonly string[];
  /** The provider's own session in which a family of tokens was issued, where ID tokens name it. */
  readonly session?: (family: string) => string;
  readonly faults?: Readonly<Record<string, ProfileFault>>;
  readonly subject: (person: Person, clientId: string) => string;
  /** Whether this proves who the client is, where that is more than repeating its secret. */
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

/** A profile at work: what its endpoints may use. */
export interface Room {
  readonly profile: Profile;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly keys: SigningKeys;
  readonly people: readonly Person[];
  /** Public URL of this profile, without a trailing slash. */
  base(): string;
  rotation(): RotationMode;
  client(id: string | undefined): LabClient | undefined;
  /** Somebody with an account here, if there is such a person. */
  find(id: string): Person | undefined;
  person(id: string): Person;
  picture(person: Person): string;
  grant(of: Token | { grant: string }): Grant;
  route(spec: RouteSpec): void;
  authorize(rules: AuthorizeRules): void;
}
