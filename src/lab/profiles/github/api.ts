import type { Token } from '../../core/ledger-types.ts';
import type { Person } from '../../core/people.ts';
import { type Call, json, type Reply } from '../../core/wire.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';

const methods = ['GET'];

/** Mounts the API. The addresses require one of `mailScopes`. */
export function mountApi(room: Room, mailScopes: readonly string[]): void {
  const { route } = room;
  route({ kind: 'profile', methods, path: '/user', handle: guarded(room, [], user) });
  route({ kind: 'api', methods, path: '/user/emails', handle: guarded(room, mailScopes, emails) });
  route({ kind: 'api', methods, path: '/user/repos', handle: guarded(room, [], repositories) });
}

type Answer = (room: Room, person: Person, token: Token) => unknown;

function guarded(room: Room, scopes: readonly string[], body: Answer): (call: Call) => Reply {
  return (call) => {
    if (!call.header('user-agent')) return forbidden;
    // Tokens in the query are ignored, as since 2021.
    const token = requireToken(room, tokenOf(call), scopes);
    return json(body(room, room.person(token.user), token), 200, {
      'x-oauth-scopes': token.scopes.join(', '),
      'x-accepted-oauth-scopes': scopes.join(', '),
      'x-oauth-client-id': token.clientId,
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4999',
    });
  };
}

/** Reads the token after `Bearer` or `token`. */
function tokenOf(call: Call): string | undefined {
  return /^(?:bearer|token) +(\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
}

export const forbidden: Reply = {
  status: 403,
  encoding: 'text',
  body: 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\n',
};

/** Returns the profile. `email` is the public address: often null, and not the primary one. */
function user(room: Room, person: Person): unknown {
  return {
    login: person.handle,
    id: githubId(room, person),
    node_id: Buffer.from(`04:User${githubId(room, person)}`).toString('base64'),
    avatar_url: room.picture(person),
    html_url: `https://github.com/${person.handle}`,
    type: 'User',
    site_admin: false,
    name: person.id === 'sam' ? null : person.name,
    email: person.id === 'ada' ? 'public@ada.example' : null,
    created_at: '2015-03-01T09:00:00Z',
    updated_at: '2026-10-01T09:00:00Z',
  };
}

function emails(room: Room, person: Person): unknown {
  const hidden = `${githubId(room, person)}+${person.handle}@users.noreply.github.com`;
  const noreply = { email: hidden, primary: person.email === null, verified: true, visibility: null };
  if (person.email === null) return [noreply];
  const { email, emailVerified: verified } = person;
  return [noreply, { email, primary: true, verified, visibility: 'private' }];
}

function repositories(room: Room, person: Person, token: Token): unknown {
  const names = token.scopes.includes('repo') ? ['public-notes', 'private-notes'] : ['public-notes'];
  return names.map((name, index) => ({
    id: githubId(room, person) * 10 + index,
    name,
    full_name: `${person.handle}/${name}`,
    private: name.startsWith('private'),
  }));
}

function githubId(room: Room, person: Person): number {
  return Number(room.profile.subject(person, ''));
}
