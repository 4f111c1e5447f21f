import type { ScopeCover } from '../../contract/scope-cover.ts';

/** Graph, by its address and by the id that stands for it in consents. */
const graph = /^(https:\/\/graph\.microsoft\.com\/|00000003-0000-0000-c000-000000000000\/)/;

const levels = ['readbasic', 'read', 'readwrite'];
const parted = /^(.+)\.(readbasic|read|readwrite)(\.all|\.shared)?$/;

/** Of a resource: all that was consented to. Answers name its parts. */
function isAllOf(whole: string, scope: string): boolean {
  const resource = /^(.*\/)?\.default$/.exec(whole);
  return resource !== null && scope.slice(0, scope.lastIndexOf('/') + 1) === (resource[1] ?? '');
}

const signIn = ['openid', 'profile', 'email', 'offline_access'];

/**
 * Entra compares scopes without regard to case, names Graph's with or without its address, and those of the sign-in
 * as it pleases. `Mail.ReadWrite` opens what `Mail.Read` does, and `.All` and `.Shared` the person's own as well.
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
