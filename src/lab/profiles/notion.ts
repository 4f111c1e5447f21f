import { alphabets, derived, derivedUuid, random } from '../core/mint.ts';
import { type Problem, Refusal } from '../core/refusal.ts';
import { bearer, type Call, json, type Reply } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { authenticate } from '../engines/client-auth.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile, Room } from '../profile.ts';

export const notion: Profile = standardProfile({
  name: 'notion',
  title: 'Notion',
  provider: 'notion',
  clientId: derivedUuid('notion client id'),
  clientSecret: `secret_${derived('notion client secret', 43, alphabets.letters)}`,
  rotation: 'single-use',
  mint: {
    code: () => `03${random(34, alphabets.hex)}`,
    access: () => `ntn_${random(46)}`,
    refresh: () => `nrt_${random(46)}`,
  },
  subject: (person) => derivedUuid(`notion id ${person.id}`),
  authorize: { path: '/v1/oauth/authorize', required: ['response_type', 'owner'], challenge: 'ignored' },
  token: {
    path: '/v1/oauth/token',
    life: { access: null, refresh: null },
    clientAuth: ['basic'],
    bodies: ['json'],
    pkce: 'ignored',
  },
  answer: ({ scope: _, ...fields }, { access, call }, room) => {
    versioned(call);
    const owner = ownerOf(room, access.user, access.clientId);
    return {
      ...fields,
      token_type: 'bearer',
      bot_id: derivedUuid(`notion bot ${access.user}`),
      workspace_id: derivedUuid('notion workspace'),
      workspace_name: 'Lab',
      workspace_icon: null,
      owner,
      duplicated_template_id: null,
      request_id: derivedUuid(`notion request ${access.value}`),
    };
  },
  userinfo: {
    path: '/v1/users/me',
    token: (call) => bearer(versioned(call)),
    body: (person, room, { clientId }) => ({
      object: 'user',
      id: derivedUuid(`notion bot ${person.id}`),
      type: 'bot',
      name: 'Symbolon',
      avatar_url: null,
      bot: { owner: ownerOf(room, person.id, clientId), workspace_name: 'Lab' },
    }),
  },
  endpoints: {
    authorization: '/v1/oauth/authorize',
    token: '/v1/oauth/token',
    userinfo: '/v1/users/me',
    revocation: '/v1/oauth/revoke',
    api: '/v1',
  },
  refuse: apiDialect(refuse),
  more: (room) => {
    room.route({
      kind: 'revoke',
      methods: ['POST'],
      path: '/v1/oauth/revoke',
      handle: (call) => revoke(room, call),
    });
  },
});

function versioned(call: Call): Call {
  if (!/^\d{4}-\d\d-\d\d$/.test(call.header('notion-version') ?? ''))
    throw new Refusal('request', 'Notion-Version header should be defined');
  return call;
}

function ownerOf(room: Room, user: string, clientId: string): Record<string, unknown> {
  const person = room.person(user);
  return {
    type: 'user',
    user: {
      object: 'user',
      id: room.profile.subject(person, clientId),
      name: person.name,
      avatar_url: room.picture(person),
      type: 'person',
      person: { email: person.email ?? `${person.handle}@notion.example` },
    },
  };
}

function revoke(room: Room, call: Call): Reply {
  const client = authenticate(room, versioned(call), ['basic']);
  const token = room.ledger.token(String(call.json.token ?? ''));
  if (token?.clientId === client.clientId) room.ledger.endGrant(room.grant(token), 'revoked_by_client');
  return json({ request_id: derivedUuid('notion revocation') });
}

function refuse(problem: Problem): Reply {
  const [status, code] = problem === 'scope' ? [403, 'restricted_resource'] : [401, 'unauthorized'];
  return json({ object: 'error', status, code, message: 'API token is invalid.' }, Number(status));
}
