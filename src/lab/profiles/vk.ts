import type { LabClient } from '../core/client.ts';
import { alphabets, derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, json, param, type Reply } from '../core/wire.ts';
import { type Bought, buyTokens, renewTokens } from '../engines/grants.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardAuthorize } from '../engines/standard-authorize.ts';
import type { Profile, Room } from '../profile.ts';

const life = { access: 3600, refresh: 180 * 86_400 };
const known = ['vkid.personal_info', 'email', 'phone'];

/** VK ID: a public client, a verifier, and the device on which the person consented. */
export const vk: Profile = {
  name: 'vk',
  title: 'VK',
  provider: 'vk',
  clientId: '51050105',
  clientSecret: derived('vk service key', 20),
  endpoints: {
    authorization: '/authorize',
    token: '/oauth2/auth',
    userinfo: '/oauth2/user_info',
    revocation: '/oauth2/revoke',
    api: '',
  },
  scopeSeparator: ' ',
  rotation: 'single-use',
  mint: {
    code: () => `vk2.a.${random(120, alphabets.base64url)}`,
    access: () => `vk2.a.${random(200, alphabets.base64url)}`,
    refresh: () => `vk2.a.${random(200, alphabets.base64url)}`,
  },
  subject: (person) => derived(`vk id ${person.id}`, 9, '123456789'),
  refuse: (problem, _call, detail) => refused(errors[problem] ?? 'invalid_request', `${problem} ${detail}`),
  mount(room) {
    room.authorize({
      ...standardAuthorize,
      path: '/authorize',
      required: ['response_type', 'state'],
      defaultScopes: ['vkid.personal_info'],
      knownScope: (scope) => known.includes(scope),
      challenge: 'required',
      extras: (_request, person) => ({ device_id: deviceOf(person.id), type: 'code_v2' }),
    });
    mountAuth(room);
    mountUserInfo(room);
    mountRevoke(room);
  },
};

const errors: Partial<Record<string, string>> = {
  client_unknown: 'invalid_client',
  code_unknown: 'invalid_grant',
  code_used: 'invalid_grant',
  code_expired: 'invalid_grant',
  redirect_mismatch: 'invalid_grant',
  verifier: 'invalid_grant',
  refresh_unknown: 'invalid_grant',
  refresh_expired: 'invalid_grant',
  refresh_revoked: 'invalid_grant',
  token_missing: 'invalid_token',
  token_unknown: 'invalid_token',
  token_expired: 'invalid_token',
  token_revoked: 'invalid_token',
};

/** Returns an error, always with status 200. */
function refused(error: string, error_description: string): Reply {
  return json({ error, error_description });
}

function deviceOf(user: string): string {
  return derived(`vk device ${user}`, 64);
}

function mountAuth(room: Room): void {
  room.route({
    kind: (call) => (call.form.get('grant_type') === 'refresh_token' ? 'refresh' : 'token'),
    methods: ['POST'],
    path: '/oauth2/auth',
    handle: (call) => {
      const client = clientOf(room, call);
      if (!param(call, 'state')) throw new Refusal('missing', 'state');
      const grantType = call.form.get('grant_type');
      if (grantType === 'refresh_token') {
        const value = param(call, 'refresh_token');
        requireDevice(call, room.ledger.token(value ?? '')?.user);
        return tokens(
          room,
          call,
          renewTokens(room, { client, value, fault: call.fault }, { life, slides: true }),
        );
      }
      if (grantType !== 'authorization_code') throw new Refusal('grant_type', grantType ?? '');
      const code = param(call, 'code');
      requireDevice(call, room.ledger.code(code ?? '')?.user);
      const redirectUri = param(call, 'redirect_uri');
      const asked = { client, code, redirectUri, verifier: param(call, 'code_verifier') };
      return tokens(room, call, buyTokens(room, asked, { life, redirect: 'required', pkce: 'checked' }));
    },
  });
}

function clientOf(room: Room, call: Call): LabClient {
  const client = room.client(param(call, 'client_id'));
  if (client === undefined) throw new Refusal('client_unknown');
  return client;
}

/** Checks that the device is the one on which the person consented. */
function requireDevice(call: Call, user: string | undefined): void {
  const device = param(call, 'device_id');
  if (device === undefined) throw new Refusal('missing', 'device_id');
  if (user !== undefined && device !== deviceOf(user)) throw new Refusal('code_unknown', 'device_id');
}

function tokens(room: Room, call: Call, { access, refresh }: Bought): Reply {
  return json({
    access_token: access.value,
    refresh_token: refresh?.value,
    token_type: 'Bearer',
    expires_in: secondsLeft(room, access),
    user_id: Number(room.profile.subject(room.person(access.user), access.clientId)),
    state: param(call, 'state'),
    scope: access.scopes.join(' '),
  });
}

function mountUserInfo(room: Room): void {
  room.route({
    kind: 'profile',
    methods: ['POST'],
    path: '/oauth2/user_info',
    handle: (call) => {
      clientOf(room, call);
      const { user, clientId, scopes } = requireToken(room, call.form.get('access_token') ?? undefined);
      const person = room.person(user);
      return json({
        user: {
          user_id: room.profile.subject(person, clientId),
          first_name: person.givenName,
          last_name: person.familyName,
          avatar: room.picture(person),
          ...(scopes.includes('email') && person.email !== null && { email: person.email }),
          sex: 0,
          verified: false,
        },
      });
    },
  });
}

function mountRevoke(room: Room): void {
  room.route({
    kind: 'revoke',
    methods: ['POST'],
    path: '/oauth2/revoke',
    handle: (call) => {
      clientOf(room, call);
      const token = requireToken(room, call.form.get('access_token') ?? undefined);
      requireDevice(call, token.user);
      room.ledger.endGrant(room.grant(token), 'revoked_by_client');
      return json({ response: 1 });
    },
  });
}
