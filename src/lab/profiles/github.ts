import { alphabets, derived, random } from '../core/mint.ts';
import type { Profile } from '../profile.ts';
import { mountApi } from './github/api.ts';
import { mountApplications } from './github/applications.ts';
import { githubAuthorize } from './github/authorize.ts';
import { githubFaults, refuse } from './github/dialect.ts';
import { mountToken } from './github/token.ts';

/** A GitHub OAuth App: its tokens do not expire and cannot be refreshed. */
export const github: Profile = {
  name: 'github',
  title: 'GitHub',
  provider: 'github',
  clientId: 'Ov23liSymbolonLab001',
  clientSecret: derived('github client secret', 40, alphabets.hex),
  endpoints: {
    authorization: '/login/oauth/authorize',
    token: '/login/oauth/access_token',
    userinfo: '/user',
    issuer: '/login/oauth',
    api: '',
  },
  scopeSeparator: ',',
  rotation: 'static',
  mint: {
    code: () => random(20, alphabets.hex) + random(20, alphabets.hex),
    access: () => `gho_${random(36)}`,
    refresh: () => `ghr_${random(76)}`,
  },
  faults: githubFaults,
  subject: (person) => String(1_000_000 + Number(derived(`github id ${person.id}`, 7, alphabets.digits))),
  refuse,
  mount(room) {
    room.authorize({ ...githubAuthorize(room), offline: () => false });
    mountToken(room, { access: null, refresh: null });
    mountApi(room, ['user:email', 'user']);
    mountApplications(room);
  },
};
