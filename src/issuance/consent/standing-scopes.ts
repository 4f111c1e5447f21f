import { type Clock, seconds } from '../../kit/clock.ts';
import { createRowCache } from '../../kit/database/row-cache.ts';
import type { KnownConnection } from '../ports.ts';
import type { App } from '../registry/app.ts';
import type { AppRegistry } from '../registry/apps.ts';
import type { Audiences } from '../registry/audiences.ts';
import type { ConsentStore } from './consent-store.ts';
import { providerTokenScope } from './resource-servers.ts';
import { declinedAfter, noScopes, type Scopes, unionOf } from './scopes.ts';

/** The scopes that a person lets an app use in the background, after the sign-in has ended. */
export interface StandingScopes {
  /** Returns the scopes of the broker's own API that the app would get without asking the person. */
  of(userId: string, clientId: string): Promise<Standing>;
  /**
   * Returns those that the app may use while the person is away. Unless `asOf` is `now`, the person's consent may be
   * cached: a notification was lost at most one second ago.
   */
  inBackground(pair: AppOfPerson, asOf?: 'now'): Promise<Standing>;
  /** Returns the scopes of another API that the person has allowed the app. Cached in the same way. */
  atApi(pair: AppOfPerson, api: string, asOf?: 'now'): Promise<Standing>;
  /** Stores a consent that the person gave outside an authorization request: to the use of one connection. */
  allow(consent: StandingConsent): Promise<void>;
  /** Forgets what the person has left out of the consent, so that the next request asks for it. */
  askAgain(pair: AppOfPerson): Promise<void>;
}

export interface Standing {
  readonly scopes: ReadonlySet<string>;
  /** The ids of the connections that the scopes are for. */
  readonly connections: ReadonlySet<string>;
}

export interface AppOfPerson {
  readonly userId: string;
  readonly clientId: string;
}

export interface StandingConsent extends AppOfPerson {
  readonly connection: Pick<KnownConnection, 'id' | 'alias'>;
  /** The identifier of the API that may use the accounts when the app calls it; default: the app itself may. */
  readonly api?: string | undefined;
  readonly at: Date;
}

/** The scopes, and the cache of consents behind them. */
export interface CachedStandingScopes extends StandingScopes {
  /** Receives a message of the channel for changed consents. */
  receive(message: string): void;
  clearCache(): void;
}

export interface StandingScopesDeps {
  readonly audiences: Audiences;
  readonly apps: Pick<AppRegistry, 'stored' | 'policyOf'>;
  readonly consents: Pick<ConsentStore, 'find' | 'put'>;
  readonly clock: Clock;
  readonly backgroundConsent?: 'operator' | 'required' | undefined;
}

/** Returns whether the operator's policy decides for the app, so that its users are not asked. */
export function isOperatorsApp({ firstParty, type }: Pick<App, 'firstParty' | 'type'>): boolean {
  return firstParty || type === 'service';
}

/** The TTL limits staleness where a notification was lost. */
const consentTtl = seconds(1);
const mostConsents = 10_000;
const nothing: Standing = { scopes: new Set(), connections: new Set() };

export function createStandingScopes(deps: StandingScopesDeps): CachedStandingScopes {
  const { audiences, apps, consents, clock, backgroundConsent = 'operator' } = deps;
  const keyOf = (userId: string, clientId: string) => `${userId} ${clientId}`;
  const readScopes = async (key: string): Promise<Scopes> => {
    const [userId = '', clientId = ''] = key.split(' ');
    return (await consents.find(userId, clientId))?.scopes ?? noScopes;
  };
  const atResource = ({ resources, connections }: Scopes, resource: string): Standing => ({
    scopes: new Set(resources[resource]),
    connections: new Set(connections),
  });
  const read = async (key: string) => atResource(await readScopes(key), audiences.broker);
  const consented = createRowCache(readScopes, { max: mostConsents, ttl: consentTtl, clock });
  const readCached = async (key: string) =>
    atResource((await consented.get(key)) ?? noScopes, audiences.broker);

  async function scopesOf(
    { userId, clientId }: AppOfPerson,
    consentOf: (key: string) => Promise<Standing | undefined>,
    decides: 'operator' | 'required' = 'operator',
  ): Promise<Standing> {
    const app = await apps.stored(clientId);
    // No person signs in at a service: unless each person has to allow it, its policy is the operator's consent.
    if (decides === 'operator' && app && isOperatorsApp(app)) {
      const policy = await apps.policyOf(clientId);
      const scopes = [...policy.values()].map(({ alias }) => `${providerTokenScope}${alias}`);
      return { scopes: new Set(scopes), connections: new Set(policy.keys()) };
    }
    return (await consentOf(keyOf(userId, clientId))) ?? nothing;
  }

  return {
    of: (userId, clientId) => scopesOf({ userId, clientId }, read),
    inBackground: (pair, asOf) => scopesOf(pair, asOf ? read : readCached, backgroundConsent),
    async atApi({ userId, clientId }, api, asOf) {
      const key = keyOf(userId, clientId);
      return atResource((asOf ? await readScopes(key) : await consented.get(key)) ?? noScopes, api);
    },
    receive(message) {
      // Without an app, all consents of a person have changed, which is seldom.
      if (message.includes(' ')) consented.delete(message);
      else consented.clear();
    },
    clearCache: consented.clear,
    async askAgain({ userId, clientId }) {
      const consent = await consents.find(userId, clientId);
      if (consent) await consents.put({ ...consent, declined: noScopes });
    },
    async allow({ userId, clientId, connection, api = audiences.broker, at }) {
      const { scopes: before, declined } = (await consents.find(userId, clientId)) ?? {
        scopes: noScopes,
        declined: noScopes,
      };
      const scopes = [`${providerTokenScope}${connection.alias}`];
      const more = { oidc: [], resources: { [api]: scopes }, connections: [connection.id] };
      await consents.put({
        userId,
        appId: clientId,
        scopes: unionOf(before, more),
        declined: declinedAfter(declined, more, noScopes),
        at,
      });
    },
  };
}
