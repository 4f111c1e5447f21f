import { alphabets, derived, random } from '../core/mint.ts';
import type { Profile } from '../profile.ts';
import { mountApi } from './github/api.ts';
import { mountApplications } from './github/applications.ts';
import { githubAuthorize } from './github/authorize.ts';
import { apiError, githubFaults } from './github/dialect.ts';
import { mountToken } from './github/token.ts';
import { github } from './github.ts';

/** A GitHub App with expiring user tokens, and with the permission to read e-mail addresses. */
export const githubApp: Profile = {
  ...github,
  name: 'github-app',
  title: 'GitHub App',
  provider: 'github-app',
  clientId: 'Iv23liSymbolonLab002',
  clientSecret: derived('github-app client secret', 40, alphabets.hex),
  rotation: 'single-use',
  mint: { ...github.mint, access: () => `ghu_${random(36)}` },
  faults: {
    ...githubFaults,
    // The answer for an app without that permission.
    not_accessible: { reply: () => apiError(403, 'Resource not accessible by integration') },
  },
  mount(room) {
    // Permissions come from the registration; requested scopes are ignored.
    room.authorize({ ...githubAuthorize(room), expandScopes: () => [], offline: () => true });
    mountToken(room, { access: 28_800, refresh: 15_811_200 });
    mountApi(room, []);
    mountApplications(room);
  },
};
