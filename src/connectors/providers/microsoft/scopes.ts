import type { ScopeCover } from '../../contract/scope-cover.ts';

/** Microsoft Graph, by its address and by the id that consents have for it. */
const graph = /^(https:\/\/graph\.microsoft\.com\/|00000003-0000-0000-c000-000000000000\/)/;

const levels = ['readbasic', 'read', 'readwrite'];
const parted = /^(.+)\.(readbasic|read|readwrite)(\.all|\.shared)?$/;

/** The scope for all consented permissions of a resource. An answer lists them one by one. */
function isAllOf(whole: string, scope: string): boolean {
  const resource = /^(.*\/)?\.default$/.exec(whole);
  return resource !== null && scope.slice(0, scope.lastIndexOf('/') + 1) === (resource[1] ?? '');
}

const signIn = ['openid', 'profile', 'email', 'offline_access'];

/**
 * The relations between Entra's scopes. Case does not matter, Graph's scopes come with or without its address, and answers
 * may omit those of the sign-in. `Mail.ReadWrite` includes `Mail.Read`; `.All` and `.Shared` include the person's own.
 */
export const microsoftScopes: ScopeCover = {
  normal: (scope) => scope.toLowerCase().replace(graph, ''),
  includes(wide, narrow) {
    if (isAllOf(wide, narrow)) return true;
    const [, area, level = '', reach] = parted.exec(wide) ?? [];
    const [, otherArea, otherLevel = '', otherReach] = parted.exec(narrow) ?? [];
    if (area === undefined || area !== otherArea) return false;
    return levels.indexOf(level) >= levels.indexOf(otherLevel) && [undefined, reach].includes(otherReach);
  },
  unnamed: signIn,
  partOf: (whole, granted) => !signIn.includes(granted) && isAllOf(whole, granted),
};
