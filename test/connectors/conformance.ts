import { beforeAll, beforeEach, describe } from 'vitest';
import type { AuthorizeOptions } from '../../src/connectors/contract/calls.ts';
import type { Failure, Step } from '../../src/connectors/contract/failures.ts';
import type { UpstreamAccount } from '../../src/connectors/contract/upstream-sign-in.ts';

import { authorizeRequest } from './conformance/authorize.ts';
import { declared } from './conformance/declared.ts';
import { codeExchange } from './conformance/exchange.ts';
import { failures } from './conformance/failures.ts';
import { identification } from './conformance/identification.ts';
import { hostileProfiles } from './conformance/profiles.ts';
import { renewal } from './conformance/renewal.ts';
import { revocation } from './conformance/revocation.ts';
import { strictness } from './conformance/strictness.ts';
import { createProviderWorld, type ProviderWorld } from './provider-world.ts';

/** The expected behaviour of a connector, in the facts of its provider. */
export interface Conformance {
  readonly provider: string;
  /** The provider's path in the lab. */
  readonly profile: string;
  /** The browser's user agent, if the provider's page depends on it. */
  readonly userAgent?: string;
  /** Absent if the provider has no sign-in page, and apps send a code of its SDK. */
  readonly authorize?: {
    readonly address: string;
    /** True if the order of parameters matters to the provider. */
    readonly ordered?: true;
    readonly parameters: readonly (readonly [name: string, value: string | RegExp])[];
    readonly fragment?: string;
    /** The parameters that a request for more scopes adds. */
    readonly asking?: readonly {
      readonly ask: Partial<AuthorizeOptions>;
      readonly adds: Record<string, string>;
    }[];
  };
  /** The request that the lab expects at the token endpoint. */
  readonly exchange: Asked;
  /** Absent if the token answer does not state it. */
  readonly granted?: readonly string[];
  /** The granted scopes without the user's last one; absent if the provider grants all or nothing. */
  readonly narrowed?: readonly string[];
  readonly account: UpstreamAccount;
  /** True if the e-mail address comes with another kind of sign-in, which this provider's own tests cover. */
  readonly addressElsewhere?: true;
  /** The provider's own error codes, and their meaning. */
  readonly words: readonly Words[];
  readonly rogue: RogueSignIn;
  /** Absent if the provider issues no tokens. */
  readonly renewal?:
    | {
        readonly how: 'refresh_token';
        readonly asked: Asked;
        readonly keepsRefreshToken: boolean;
        /**
         * Milliseconds until the first access token has expired, if a valid one keeps its value; else three
         * hours.
         */
        readonly after?: number;
        /** True if the provider states no expiry. */
        readonly endless?: true;
      }
    | { readonly how: 'exchange-live-token'; readonly asked: Asked }
    | { readonly how: 'none' };
  readonly revocation?: Asked | 'none';
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly params: readonly string[];
  /** The faults that the provider accepts: `without x`, `another x`. */
  readonly tolerated?: readonly string[];
}

export interface Words {
  readonly step: Extract<Step, 'exchange' | 'profile' | 'refresh'>;
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly becomes: Failure;
}

/** A sign-in at a provider that answers as the test says. */
export interface RogueSignIn {
  readonly tokens: Readonly<Record<string, unknown>>;
  /** The profile is in the ID token, and is not fetched. */
  readonly from?: 'id-token';
  /** The subject comes from the profile only, so an ID token with a bare `sub` does not suffice. */
  readonly subjectElsewhere?: true;
  /** The profile's path at the rogue. */
  readonly path: string;
  readonly profile: Readonly<Record<string, unknown>>;
  /** Wraps the exact text of an answer, e.g. in a signature. */
  readonly envelope?: (json: string, of: 'tokens' | 'profile') => string;
  /** Wraps an answer, e.g. as `{data: …}`. */
  readonly wrap?: (profile: unknown) => object;
  /** The member of the profile that identifies the person. */
  readonly subject: string;
  /** Returns the subject for that member, if it is not the member itself. */
  readonly is?: (id: string) => string;
  /** True if the subject is a JSON number; the number in `profile`. */
  readonly number?: number;
  /** The members that are for display only. */
  readonly shown: readonly string[];
  /** The place of `shown`, if it is not in `profile`. */
  readonly showing?: {
    readonly path: string;
    readonly profile: Readonly<Record<string, unknown>>;
    readonly wrap?: (profile: unknown) => object;
  };
  /** The callback parameters beside the code that the connector reads. */
  readonly callback?: Readonly<Record<string, string>>;
  /** Further answers before the sign-in completes. */
  readonly more?: Readonly<Record<string, object>>;
}

export type Room = () => ProviderWorld;

/** The definition of a connector: every provider's test calls it with its own facts. */
export function conforms(facts: Conformance): Room {
  let world: ProviderWorld;
  const room: Room = () => world;
  beforeAll(async () => {
    world = await createProviderWorld(facts.provider, facts.profile, {
      from: facts.rogue.from,
      userAgent: facts.userAgent,
    });
  });
  beforeEach(() => world.reset());

  describe(`${facts.provider} conforms:`, () => {
    if (facts.authorize) authorizeRequest(facts.authorize, room);
    if (facts.renewal) codeExchange(facts, room);
    else identification(facts, room);
    declared(facts, room);
    failures(facts, room);
    strictness(facts, room);
    hostileProfiles(facts, room);
    if (facts.renewal) renewal(facts.renewal, room);
    if (facts.revocation) revocation(facts.revocation, room);
  });
  return room;
}
