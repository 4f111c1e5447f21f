import { type Clock, seconds } from '../kit/clock.ts';
import { createRowCache } from '../kit/database/row-cache.ts';
import { bytesOf, type VersionedPicture, versionedPicture } from '../kit/picture.ts';
import { type BrandingInput, legalLinks } from './branding-input.ts';
import { type Branding, type BrandingStore, brandingChannel } from './branding-store.ts';

/** The looks of the pages, through a cache of this process. */
export interface Brandings {
  /** Returns the looks of a scope: `deployment`, or the id of an app. Without any, all of its members are null. */
  of(scope: string): Promise<Branding>;
  /** Returns the same, past the cache. */
  now(scope: string): Promise<Branding>;
  logoOf(scope: string): Promise<VersionedPicture | undefined>;
  /** Replaces all looks of the scope. @throws StaleVersion when `version` is given and is not the one of now */
  replace(
    scope: string,
    input: BrandingInput,
    version?: number,
  ): Promise<{ readonly before: Branding; readonly after: Branding }>;
  /** Removes the looks of an app that is gone. */
  remove(scope: string): Promise<void>;
  /** The channel by which processes tell each other that looks have changed. */
  readonly channel: string;
  clearCache(): void;
}

/** The scope of the whole deployment. */
export const deploymentScope = 'deployment';

/** Every process is told of a change at once. The TTL counts where a notification was lost. */
const cached = { max: 1_000, ttl: seconds(2) };

export function createBrandings(store: BrandingStore, clock: Clock): Brandings {
  const now = async (scope: string) => (await store.find(scope)) ?? plain(scope);
  const cache = createRowCache(now, { ...cached, clock });
  return {
    of: async (scope) => (await cache.get(scope)) ?? plain(scope),
    now,
    async logoOf(scope) {
      const logo = await store.logoOf(scope);
      return logo && versionedPicture(logo);
    },
    async replace(scope, { logo, ...input }, version) {
      const fields = { ...input, logo: logo === null ? null : bytesOf(logo) };
      const replaced = await store.replace(scope, fields, version);
      cache.clear();
      return replaced;
    },
    async remove(scope) {
      await store.remove(scope);
      cache.clear();
    },
    channel: brandingChannel,
    clearCache: cache.clear,
  };
}

function plain(scope: string): Branding {
  return { scope, name: null, accent: null, hasLogo: false, legal: legalLinks.parse({}), version: 0 };
}
