import { type Clock, seconds } from '../../kit/clock.ts';
import { createRowCache } from '../../kit/database/row-cache.ts';
import type { AppRegistry } from '../registry/apps.ts';
import type { Audiences } from '../registry/audiences.ts';
import type { ConsentStore } from './consent-store.ts';
import { providerTokenScope } from './resource-servers.ts';
import { noScopes, unionOf } from './scopes.ts';

/** The scopes that a person lets an app use in the background, after the sign-in has ended. */
export interface StandingScopes {
  /** Returns the scopes of the broker's own API that the app would get without asking the person. */
  of(userId: string, clientId: string): Promise<ReadonlySet<string>>;
  /** The same, where the person's consent may be five seconds old. */
  cached(pair: { userId: string; clientId: string }): Promise<ReadonlySet<string>>;
  /** Stores a consent that the person gave outside an authorization request. */
  allow(consent: { userId: string; clientId: string; scopes: readonly string[]; at: Date }): Promise<void>;
}

export interface StandingScopesDeps {
  readonly audiences: Audiences;
  readonly apps: Pick<AppRegistry, 'stored' | 'policyOf'>;
  readonly consents: Pick<ConsentStore, 'find' | 'put'>;
  readonly clock: Clock;
}

const consentTtl = seconds(5);
const mostConsents = 10_000;

export function createStandingScopes(deps: StandingScopesDeps): StandingScopes {
  const { audiences, apps, consents, clock } = deps;
  const keyOf = (userId: string, clientId: string) => `${userId} ${clientId}`;
  const read = async (key: string): Promise<ReadonlySet<string>> => {
    const [userId = '', clientId = ''] = key.split(' ');
    const consent = await consents.find(userId, clientId);
    return new Set(consent?.scopes.resources[audiences.broker]);
  };
  const consented = createRowCache(read, { max: mostConsents, ttl: consentTtl, clock });

  async function scopesOf(
    { userId, clientId }: { readonly userId: string; readonly clientId: string },
    consentOf: (key: string) => Promise<ReadonlySet<string> | undefined>,
  ): Promise<ReadonlySet<string>> {
    const app = await apps.stored(clientId);
    // No person signs in at a service, so none can be asked: its policy is the operator's consent.
    if (app?.firstParty || app?.type === 'service') {
      const policyLines = [...(await apps.policyOf(clientId)).values()];
      return new Set(policyLines.map(({ alias }) => `${providerTokenScope}${alias}`));
    }
    return (await consentOf(keyOf(userId, clientId))) ?? new Set();
  }

  return {
    of: (userId, clientId) => scopesOf({ userId, clientId }, read),
    cached: (pair) => scopesOf(pair, consented.get),
    async allow({ userId, clientId, scopes, at }) {
      const before = (await consents.find(userId, clientId))?.scopes ?? noScopes;
      const more = { oidc: [], resources: { [audiences.broker]: scopes } };
      await consents.put({ userId, appId: clientId, scopes: unionOf(before, more), at });
      consented.delete(keyOf(userId, clientId));
    },
  };
}
