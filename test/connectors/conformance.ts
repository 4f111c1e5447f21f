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

/** What a connector promises, as the provider's facts have it. */
export interface Conformance {
  readonly provider: string;
  /** Its room in the lab. */
  readonly profile: string;
  /** How the browser calls itself, where the provider's page minds. */
  readonly userAgent?: string;
  /** Absent: nobody is sent there, apps bring a code of its SDK's. */
  readonly authorize?: {
    readonly address: string;
    /** The provider minds the order. */
    readonly ordered?: true;
    readonly parameters: readonly (readonly [name: string, value: string | RegExp])[];
    readonly fragment?: string;
    /** What asking for more adds. */
    readonly asking?: readonly {
      readonly ask: Partial<AuthorizeOptions>;
      readonly adds: Record<string, string>;
    }[];
  };
  /** How the lab sees the token endpoint asked. */
  readonly exchange: Asked;
  /** Absent: the token answer keeps silent about it. */
  readonly granted?: readonly string[];
  /** Without the user's last scope; absent: the provider grants all or nothing. */
  readonly narrowed?: readonly string[];
  readonly account: UpstreamAccount;
  /** An address comes in another way of signing in, which this provider's own tests try. */
  readonly addressElsewhere?: true;
  /** The provider's own words for a failure, and what they mean. */
  readonly words: readonly Words[];
  readonly rogue: RogueSignIn;
  /** Absent: it issues no tokens. */
  readonly renewal?:
    | {
        readonly how: 'refresh_token';
        readonly asked: Asked;
        readonly keepsRefreshToken: boolean;
        /** Milliseconds until the first access token has ended, where a living one keeps its value; else three hours. */
        readonly after?: number;
        /** No end is stated. */
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
  /** What the provider takes all the same: `without x`, `another x`. */
  readonly tolerated?: readonly string[];
}

export interface Words {
  readonly step: Extract<Step, 'exchange' | 'profile' | 'refresh'>;
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly becomes: Failure;
}

/** A sign-in at a provider that says what we tell it to. */
export interface RogueSignIn {
  readonly tokens: Readonly<Record<string, unknown>>;
  /** The profile is what the ID token claims, and is asked for nowhere. */
  readonly from?: 'id-token';
  /** The subject is made of what the profile alone tells, so that an ID token of bare `sub` settles nothing. */
  readonly subjectElsewhere?: true;
  /** Where the profile is asked for, at the rogue. */
  readonly path: string;
  readonly profile: Readonly<Record<string, unknown>>;
  /** What the provider puts around the very text of its answers, e.g. a signature. */
  readonly envelope?: (json: string, of: 'tokens' | 'profile') => string;
  /** What the provider puts around it, e.g. `{data: …}`. */
  readonly wrap?: (profile: unknown) => object;
  /** Member of the profile that says who it is. */
  readonly subject: string;
  /** The subject made of that member, where it is not the member itself. */
  readonly is?: (id: string) => string;
  /** The subject is a JSON number, and this one in `profile`. */
  readonly number?: number;
  /** Members that are for show only. */
  readonly shown: readonly string[];
  /** Where `shown` is told, when elsewhere than in the profile. */
  readonly showing?: {
    readonly path: string;
    readonly profile: Readonly<Record<string, unknown>>;
    readonly wrap?: (profile: unknown) => object;
  };
  /** What the way back carries beside the code, where the connector reads it. */
  readonly callback?: Readonly<Record<string, string>>;
  /** Further answers on the way. */
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
