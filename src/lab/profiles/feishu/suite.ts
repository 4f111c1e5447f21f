import { derived, random } from '../../core/mint.ts';
import { Refusal } from '../../core/refusal.ts';
import { bearer, type Call, json, type Reply } from '../../core/wire.ts';
import { type Bought, buyTokens, needClient, renewTokens } from '../../engines/grants.ts';
import { secondsLeft } from '../../engines/redeem-code.ts';
import { requireToken } from '../../engines/require-token.ts';
import { standardAuthorize } from '../../engines/standard-authorize.ts';
import type { Profile, Room } from '../../profile.ts';
import { feishuFaults, refuse } from './dialect.ts';

const life = { access: 7200, refresh: 7 * 86_400 };

export function suiteProfile({
  name,
  title,
  clientId,
}: Pick<Profile, 'name' | 'title' | 'clientId'>): Profile {
  const seed = (what: string) => `${name} ${what}`;
  return {
    name,
    title,
    provider: name,
    clientId,
    clientSecret: derived(seed('client secret'), 32),
    endpoints: {
      authorization: '/open-apis/authen/v1/authorize',
      token: '/open-apis/authen/v2/oauth/token',
      userinfo: '/open-apis/authen/v1/user_info',
      api: '',
    },
    scopeSeparator: ' ',
    // A refresh token that is used twice ends the session.
    rotation: 'reuse-kills-family',
    mint: { code: () => random(32), access: () => `eyJ${random(120)}`, refresh: () => `eyJ${random(120)}` },
    faults: feishuFaults,
    subject: (person, appId) => `ou_${derived(seed(`open_id ${appId} ${person.id}`), 32, hex)}`,
    refuse,
    mount(room) {
      room.authorize({
        ...standardAuthorize,
        path: '/open-apis/authen/v1/authorize',
        defaultScopes: ['auth:user.id:read'],
        codeSeconds: 300,
        denial: () => ({ error: 'access_denied' }),
        complain: 'page',
        offline: ({ scopes }) => scopes.includes('offline_access'),
        // Earlier grants of the person stay valid.
        grantScopes: (_request, approved, earlier) => [...new Set([...(earlier?.scopes ?? []), ...approved])],
      });
      room.route({
        kind: (call) => (field(call, 'grant_type') === 'refresh_token' ? 'refresh' : 'token'),
        methods: ['POST'],
        path: ['/open-apis/authen/v2/oauth/token', '/oauth/v3/token'],
        handle: (call) => answer(call, grant(room, call), room),
      });
      room.route({
        kind: 'profile',
        methods: ['GET'],
        path: '/open-apis/authen/v1/user_info',
        handle: (call) => userInfo(room, call),
      });
    },
  };
}

const hex = '0123456789abcdef';

/** Returns a member of the JSON body or of the form; both are accepted. */
function field(call: Call, name: string): string | undefined {
  const value = call.json[name] ?? call.form.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function grant(room: Room, call: Call): Bought {
  const need = (name: string) => {
    const value = field(call, name);
    if (value === undefined) throw new Refusal('missing', name);
    return value;
  };
  const client = needClient(room, { id: need('client_id'), secret: need('client_secret') });
  switch (need('grant_type')) {
    case 'authorization_code': {
      const asked = { client, code: need('code'), redirectUri: field(call, 'redirect_uri') };
      const verifier = field(call, 'code_verifier');
      return buyTokens(room, { ...asked, verifier }, { life, redirect: 'required', pkce: 'checked' });
    }
    case 'refresh_token': {
      const presented = { client, value: need('refresh_token'), fault: call.fault };
      return renewTokens(room, presented, { life, slides: true });
    }
    default:
      throw new Refusal('grant_type');
  }
}

/** Returns the answer of the newer endpoint, which follows RFC 6749 and has no `code` on success. */
function answer({ path }: Call, { access, refresh }: Bought, room: Room): Reply {
  return json({
    ...(!path.includes('/oauth/v3/') && { code: 0 }),
    access_token: access.value,
    expires_in: secondsLeft(room, access),
    ...(refresh && {
      refresh_token: refresh.value,
      refresh_token_expires_in: secondsLeft(room, refresh),
    }),
    token_type: 'Bearer',
    scope: access.scopes.join(' '),
  });
}

function userInfo(room: Room, call: Call): Reply {
  const access = requireToken(room, bearer(call));
  const person = room.person(access.user);
  const { name } = room.profile;
  const picture = room.picture(person);
  const data = {
    name: person.name,
    en_name: person.givenName,
    avatar_url: picture,
    avatar_thumb: `${picture}/72`,
    open_id: room.profile.subject(person, access.clientId),
    // The same for all apps of one developer.
    union_id: `on_${derived(`${name} union_id ${person.id}`, 32, hex)}`,
    user_id: derived(`${name} user_id ${person.id}`, 8, hex),
    tenant_key: derived(`${name} tenant`, 16, hex),
    ...(person.email !== null && { enterprise_email: person.email }),
  };
  return json({ code: 0, msg: 'success', data });
}
