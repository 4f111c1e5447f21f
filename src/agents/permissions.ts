import type { GivenConsent } from '../issuance/issuance.ts';
import type { App } from '../issuance/registry/app.ts';
import type { AppRegistry } from '../issuance/registry/apps.ts';
import { createCache } from '../kit/cache.ts';
import { after, type Clock, days, minutes } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { type Choice, everything, type PermissionStore } from './permission-store.ts';
import type { AgentMode, AgentPair, AgentPermission, AgentPermissions } from './ports.ts';
import type { ReadStore } from './read-store.ts';

/** The lifetimes that a person can choose. */
export const lifetimes = { quarter: minutes(15), day: days(1), always: undefined } as const;
export type Lifetime = keyof typeof lifetimes;

/** What a client may do for which the person has chosen nothing, and for how long after the consent. */
const usual = { mode: 'ask', lifetime: 'day' } as const;

/** A read is noted at most once in this time by each process. */
const noteEvery = minutes(1);

export interface PermissionsDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly store: PermissionStore;
  readonly reads: ReadStore;
  readonly consents: (userId: string) => Promise<readonly GivenConsent[]>;
  readonly apps: Pick<AppRegistry, 'stored'>;
  readonly events: Pick<Events, 'record'>;
  readonly clock: Clock;
}

/** The place for which a person chooses. */
export interface Target {
  readonly connectionId?: string | undefined;
  readonly identityId?: string | undefined;
}

export interface ChosenPermission extends AgentPair, Target {
  readonly mode: AgentMode;
  readonly lifetime: Lifetime;
}

/** A consent, or the trust of the operator in an own app. */
export interface Ground {
  readonly at: Date;
  readonly byOperator: boolean;
}

export interface Permissions extends AgentPermissions {
  /** Returns the ground on which a client's permissions rest; undefined: it may do nothing. */
  groundOf(pair: AgentPair): Promise<Ground | undefined>;
  /** Returns the choices of a person, for one client or for all. */
  choices(userId: string, clientId?: string): Promise<readonly Choice[]>;
  choose(chosen: ChosenPermission): Promise<void>;
  /** Forgets the choices for a client whose consent was withdrawn: all, or those at one connection. */
  forget(pair: AgentPair, connectionId?: string): Promise<void>;
  /** Ends all permissions of a client until the next consent. */
  stop(pair: AgentPair): Promise<void>;
}

export function createPermissions(deps: PermissionsDeps): Permissions {
  const { issuer, store, reads, consents, apps, events, clock } = deps;
  const noted = createCache<true>({ max: 10_000, expiry: { ttl: noteEvery, clock } });

  async function groundOf({ userId, clientId }: AgentPair): Promise<Ground | undefined> {
    const app = await apps.stored(clientId);
    if (!app?.enabled || app.removedAt) return undefined;
    const given = (await consents(userId)).find((one) => one.clientId === clientId);
    // A client that has changed its own description since is no longer the one that the person let in.
    if (given && isFromBefore(given, app)) return undefined;
    if (given) return { at: given.at, byOperator: false };
    return app.firstParty ? { at: app.createdAt, byOperator: true } : undefined;
  }

  function decide(choice: Choice | undefined, { at, byOperator }: Ground): Omit<AgentPermission, 'url'> {
    const now = clock.now();
    const isStale =
      choice !== undefined && (choice.mode === 'stopped' || hasEnded(choice, now)) && at > choice.at;
    if (!choice || isStale) {
      if (byOperator) return { mode: usual.mode, until: null };
      const until = after(at, lifetimes[usual.lifetime]);
      return { mode: now < until ? usual.mode : 'none', until };
    }
    if (choice.mode === 'stopped') return { mode: 'none', until: choice.at };
    const { until } = choice;
    return { mode: hasEnded(choice, now) ? 'none' : (choice.mode as AgentMode), until };
  }

  /** Free writing was for the app as it described itself then. What limits it stays. */
  async function choicesOf(userId: string, clientId?: string): Promise<readonly Choice[]> {
    const rows = await store.of(userId, clientId);
    return await Promise.all(
      rows.map(async (choice) => {
        const app = choice.mode === 'write' ? await apps.stored(choice.clientId) : undefined;
        return app && isFromBefore(choice, app) ? { ...choice, mode: 'ask' } : choice;
      }),
    );
  }

  return {
    groundOf,
    choices: choicesOf,
    async of({ userId, clientId, connectionId, identityId }) {
      const url = agentPage(issuer, clientId);
      const ground = await groundOf({ userId, clientId });
      if (!ground) return { mode: 'none', until: null, url };
      const rows = await choicesOf(userId, clientId);
      const at = (target: string | undefined) => rows.find((row) => row.target === target);
      return { ...decide(at(identityId) ?? at(connectionId) ?? at(everything), ground), url };
    },
    async noteRead({ userId, clientId, identityId }) {
      const key = `${userId} ${clientId} ${identityId}`;
      if (noted.get(key)) return;
      await reads.note({ userId, clientId }, identityId, clock.now());
      noted.set(key, true);
    },
    async choose({ userId, clientId, connectionId, identityId, mode, lifetime }) {
      const now = clock.now();
      const length = lifetimes[lifetime];
      const until = length === undefined ? null : after(now, length);
      const target = identityId ?? connectionId ?? everything;
      const place = { target, connectionId: connectionId ?? null, identityId: identityId ?? null };
      await store.put({ userId, clientId, ...place, mode, until, at: now });
      const detail = { mode, until: until?.toISOString() ?? null, target };
      const about = { userId, appId: clientId, identityId };
      await events.record({ type: 'agent.permission_changed', ...about, detail });
    },
    forget: store.drop,
    async stop({ userId, clientId }) {
      await store.drop({ userId, clientId });
      const place = { target: everything, connectionId: null, identityId: null };
      await store.put({ userId, clientId, ...place, mode: 'stopped', until: null, at: clock.now() });
    },
  };
}

/** Returns whether the app has changed its own description since. */
function isFromBefore(given: { readonly at: Date }, { documentChangedAt }: ChangedApp): boolean {
  return documentChangedAt !== null && given.at <= documentChangedAt;
}

type ChangedApp = Pick<App, 'documentChangedAt'>;

function hasEnded({ until }: Choice, now: Date): boolean {
  return until !== null && until <= now;
}

/** Returns the page on which a person chooses what a client may do. */
export function agentPage(issuer: string, clientId: string): string {
  return `${issuer}/account/agents/${encodeURIComponent(clientId)}`;
}
