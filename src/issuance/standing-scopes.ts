import type { AppStore } from './apps.ts';
import type { Audiences } from './audiences.ts';
import type { ConsentStore } from './consent-store.ts';
import { providerTokenScope } from './resource-servers.ts';
import { anyOf, noScopes } from './scopes.ts';

/** What a person has allowed an app for good, apart from any one sign-in. */
export interface StandingScopes {
  /** Scopes of the broker's own API that the app would be given without the person being asked. */
  of(userId: string, clientId: string): Promise<ReadonlySet<string>>;
  /** Consent given elsewhere than on the way to a token. */
  allow(consent: { userId: string; clientId: string; scopes: readonly string[]; at: Date }): Promise<void>;
}

export interface StandingScopesDeps {
  readonly audiences: Audiences;
  readonly apps: Pick<AppStore, 'stored' | 'policyOf'>;
  readonly consents: Pick<ConsentStore, 'find' | 'put'>;
}

export function createStandingScopes({ audiences, apps, consents }: StandingScopesDeps): StandingScopes {
  return {
    async of(userId, clientId) {
      if ((await apps.stored(clientId))?.firstParty) {
        const lines = [...(await apps.policyOf(clientId)).values()];
        return new Set(lines.map(({ alias }) => `${providerTokenScope}${alias}`));
      }
      const consent = await consents.find(userId, clientId);
      return new Set(consent?.scopes.resources[audiences.broker]);
    },
    async allow({ userId, clientId, scopes, at }) {
      const before = (await consents.find(userId, clientId))?.scopes ?? noScopes;
      const more = { oidc: [], resources: { [audiences.broker]: scopes } };
      await consents.put({ userId, appId: clientId, scopes: anyOf(before, more), at });
    },
  };
}
