import type { LabClient } from '../core/client.ts';
import { alphabets, derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, json, param, type Reply } from '../core/wire.ts';
import { type Bought, buyTokens, renewTokens } from '../engines/grants.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardAuthorize } from '../engines/standard-authorize.ts';
import type { Profile, Room } from '../profile.ts';

const life = { access: 90_000, refresh: 7_776_000 };

export const zalo: Profile = {
  name: 'zalo',
  title: 'Zalo',
  provider: 'zalo',
  clientId: derived('zalo app id', 19, '123456789'),
  clientSecret: derived('zalo app secret', 20),
  endpoints: {
    authorization: '/v4/permission',
    token: '/v4/access_token',
    userinfo: '/v2.0/me',
    api: '/v2.0',
  },
  scopeSeparator: ' ',
  rotation: 'single-use',
  mint: {
    code: () => random(120, alphabets.base64url),
    access: () => random(160, alphabets.base64url),
    refresh: () => random(160, alphabets.base64url),
  },
  subject: (person, appId) => `1${derived(`zalo id ${appId} ${person.id}`, 18, alphabets.digits)}`,
  refuse: (problem, call, detail) => {
    const [error, name] = errors[problem] ?? [-14_001, 'Invalid parameter'];
    // The API sends only a number and a text.
    if (call.path.includes('/me')) return json({ error, message: name });
    return refused([error, name], detail || problem);
  },
  mount(room) {
    room.authorize({
      ...standardAuthorize,
      path: '/v4/permission',
      required: [],
      clientParam: 'app_id',
      challenge: 'required',
      // The only challenge method is not named.
      challengeMethod: 'S256',
      complain: 'page',
    });
    mountToken(room);
    mountMe(room);
  },
};

const errors: Partial<Record<string, readonly [error: number, name: string]>> = {
  client_unknown: [-14_003, 'Invalid app id'],
  client_secret: [-14_004, 'Invalid app secret'],
  code_unknown: [-14_002, 'Invalid code'],
  code_used: [-14_002, 'Invalid code'],
  code_expired: [-14_002, 'Invalid code'],
  verifier: [-14_010, 'Invalid code verifier'],
  refresh_unknown: [-14_014, 'Invalid refresh token'],
  refresh_expired: [-14_014, 'Invalid refresh token'],
  refresh_revoked: [-14_014, 'Invalid refresh token'],
  token_missing: [-216, 'Access token is missing'],
  token_unknown: [-216, 'Access token is invalid'],
  token_expired: [-216, 'Access token has expired'],
  token_revoked: [-216, 'Access token is invalid'],
};

/** Returns an error: status 200 and a negative number. */
function refused([error, error_name]: readonly [number, string], error_reason: string): Reply {
  return json({ error_name, error_reason, error, error_description: error_name });
}

function mountToken(room: Room): void {
  room.route({
    kind: (call) => (call.form.get('grant_type') === 'refresh_token' ? 'refresh' : 'token'),
    methods: ['POST'],
    path: '/v4/access_token',
    handle: (call) => {
      const client = appOf(room, call);
      const grantType = call.form.get('grant_type');
      if (grantType === 'refresh_token') {
        const asked = { client, value: param(call, 'refresh_token'), fault: call.fault };
        return tokens(room, renewTokens(room, asked, { life, slides: true }));
      }
      if (grantType !== 'authorization_code') throw new Refusal('grant_type', grantType ?? '');
      const verifier = param(call, 'code_verifier');
      const asked = { client, code: param(call, 'code'), redirectUri: undefined, verifier };
      return tokens(room, buyTokens(room, asked, { life, redirect: 'ignored', pkce: 'checked' }));
    },
  });
}

/** Reads the secret from the header; one in the body is ignored. */
function appOf(room: Room, call: Call): LabClient {
  const client = room.client(call.form.get('app_id') ?? undefined);
  if (client === undefined) throw new Refusal('client_unknown');
  if (call.header('secret_key') !== client.clientSecret) throw new Refusal('client_secret');
  return client;
}

function tokens(room: Room, { access, refresh }: Bought): Reply {
  return json({
    access_token: access.value,
    refresh_token: refresh?.value,
    expires_in: String(secondsLeft(room, access)),
    refresh_token_expires_in: refresh && String(secondsLeft(room, refresh)),
  });
}

function mountMe(room: Room): void {
  room.route({
    kind: 'profile',
    methods: ['GET'],
    path: '/v2.0/me',
    handle: (call) => {
      const { user, clientId } = requireToken(room, call.header('access_token'));
      const person = room.person(user);
      const all = {
        id: room.profile.subject(person, clientId),
        name: person.name,
        picture: { data: { url: room.picture(person) } },
      };
      const wanted = (param(call, 'fields') ?? 'id').split(',');
      const shown = Object.entries(all).filter(([name]) => wanted.includes(name));
      return json({ ...Object.fromEntries(shown), error: 0, message: 'Success' });
    },
  });
}
