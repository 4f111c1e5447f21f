import type { AppRegistry } from '../registry/apps.ts';
import { type Admission, admitsApp } from './admission.ts';

/**
 * Returns how the app of a token stands now. `refused`: it, or an app on whose behalf an API acts with the token, is switched off,
 * removed, or refused by the rules. Its tokens were revoked then. Another process may have issued one more before it knew.
 */
export type StandingOf = (token: {
  readonly clientId: string;
  readonly actors?: readonly string[] | undefined;
}) => Promise<'refused' | 'self-registered' | 'registered'>;

export interface AppStandingDeps {
  readonly apps: Pick<AppRegistry, 'stored'>;
  readonly admission: Pick<Admission, 'rules'>;
}

/** Reads apps and rules through their caches, since each use of a token asks. */
export function createStandingOfApps({ apps, admission }: AppStandingDeps): StandingOf {
  return async ({ clientId, actors = [] }) => {
    let isSelfRegistered = false;
    for (const id of new Set([clientId, ...actors])) {
      // An API that acts for a person. Its own row is asked for its policy.
      if (id.startsWith('api_')) continue;
      const app = await apps.stored(id);
      if (!app?.enabled) return 'refused';
      if (app.registration === null) continue;
      if (!admitsApp(await admission.rules(), app)) return 'refused';
      isSelfRegistered = true;
    }
    return isSelfRegistered ? 'self-registered' : 'registered';
  };
}
