import type { GivenText } from '../../kit/localized.ts';
import type { AppRegistry } from './apps.ts';

/** The facts about an app that only its pages need. */
export interface AppLooks {
  /** The aliases of the connections that its sign-in page offers; undefined: those of the deployment. */
  readonly signInConnections: readonly string[] | undefined;
  /** The name on pages, in one language or both. */
  readonly displayName: GivenText | undefined;
}

export type ReadAppLooks = (appId: string) => Promise<AppLooks>;

export function createAppLooks(apps: Pick<AppRegistry, 'stored'>): ReadAppLooks {
  return async (id) => {
    const app = await apps.stored(id);
    return {
      signInConnections: app?.signInConnections ?? undefined,
      displayName: app?.displayName ?? undefined,
    };
  };
}
