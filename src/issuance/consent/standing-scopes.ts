import { type Clock, seconds } from '../../kit/clock.ts';
import { createRecent } from '../../kit/recent.ts';
import type { AppStore } from '../registry/apps.ts';
import type { Audiences } from '../registry/audiences.ts';
import type { ConsentStore } from './consent-store.ts';
import { providerTokenScope } from './resource-servers.ts';
import { anyOf, noScopes } from './scopes.ts';

/** What a person has allowed an app for good, apart from any one sign-in. */
export interface StandingScopes {
  /** Scopes of the broker's own API that the app would be given without the person being asked. */
  of(userId: string, clientId: string): Promise<ReadonlySet<string>>;
  /** The same, from memory for up to five seconds. */
  cached(pair: { userId: string; clientId: string }): Promise<ReadonlySet<string>>;
  /** Consent given elsewhere than on the way to a token. */
  allow(consent: { userId: string; clientId: string; scopes: readonly string[]; at: Date }): Promise<void>;
}

export interface StandingScopesDeps {
  readonly audiences: Audiences;
  readonly apps: Pick<AppStore, 'stored' | 'policyOf'>;
  readonly consents: Pick<ConsentStore, 'find' | 'put'>;
  readonly clock: Clock;
}

const freshFor = seconds(5);
const pairsRemembered = 10_000;

export function createStandingScopes(deps: StandingScopesDeps): StandingScopes {
  const { audiences, apps, consents, clock } = deps;
  const recent = createRecent<{ scopes: ReadonlySet<string>; until: number }>(pairsRemembered);

  async function of(userId: string, clientId: string): Promise<ReadonlySet<string>> {
    const app = await apps.stored(clientId);
    // Nobody can sign in at a service, so nobody can be asked: its policy is the operator's consent.
    if (app?.firstParty || app?.type === 'service') {
      const lines = [...(await apps.policyOf(clientId)).values()];
      return new Set(lines.map(({ alias }) => `${providerTokenScope}${alias}`));
    }
    const consent = await consents.find(userId, clientId);
    return new Set(consent?.scopes.resources[audiences.broker]);
  }

  return {
    of,
    async cached({ userId, clientId }) {
      const key = `${userId} ${clientId}`;
      const now = clock.now().getTime();
      const known = recent.get(key);
      if (known && known.until > now) return known.scopes;
      const scopes = await of(userId, clientId);
      recent.set(key, { scopes, until: now + freshFor });
      return scopes;
    },
    async allow({ userId, clientId, scopes, at }) {
      const before = (await consents.find(userId, clientId))?.scopes ?? noScopes;
      const more = { oidc: [], resources: { [audiences.broker]: scopes } };
      await consents.put({ userId, appId: clientId, scopes: anyOf(before, more), at });
    },
  };
}
