import type { AppRegistry } from '../registry/apps.ts';
import { type Admission, admitsApp } from './admission.ts';

/**
 * Returns whether a token's app, or an app on whose behalf an API acts with it, is switched off, removed, or refused by the rules.
 * Its tokens were revoked then. Another process may have issued one more before it knew.
 */
export type IsRefused = (token: {
  readonly clientId: string;
  readonly actors?: readonly string[] | undefined;
}) => Promise<boolean>;

export interface RefusedAppsDeps {
  readonly apps: Pick<AppRegistry, 'stored'>;
  readonly admission: Pick<Admission, 'rules'>;
}

/** Reads apps and rules through their caches, since each use of a token asks. */
export function createRefusedApps({ apps, admission }: RefusedAppsDeps): IsRefused {
  return async ({ clientId, actors = [] }) => {
    for (const id of new Set([clientId, ...actors])) {
      // An API that acts for a person. Its own row is asked for its policy.
      if (id.startsWith('api_')) continue;
      const app = await apps.stored(id);
      if (!app?.enabled) return true;
      if (app.registration !== null && !admitsApp(await admission.rules(), app)) return true;
    }
    return false;
  };
}
