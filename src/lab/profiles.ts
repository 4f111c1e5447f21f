import type { Profile } from './profile.ts';
import { facebook } from './profiles/facebook.ts';
import { github } from './profiles/github.ts';
import { google } from './profiles/google.ts';
import { wechat } from './profiles/wechat.ts';

export const labProfiles: readonly Profile[] = [wechat, facebook, google, github];

/** What a connection of the broker needs in order to use a profile. */
export interface LabConnection {
  readonly name: string;
  readonly title: string;
  readonly provider: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Endpoint overrides, absolute. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** The connections that developer mode makes; ids and secrets stay the same from start to start. */
export function labConnections(labUrl: string, profiles: readonly Profile[] = labProfiles): LabConnection[] {
  return profiles.map(({ name, title, provider, clientId, clientSecret, endpoints }) => {
    const absolute = Object.entries(endpoints).map(([key, path]) => [key, `${labUrl}/${name}${path}`]);
    return { name, title, provider, clientId, clientSecret, endpoints: Object.fromEntries(absolute) };
  });
}
