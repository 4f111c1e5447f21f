import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import type { LabClient } from '../../core/client.ts';
import { alphabets, derived } from '../../core/mint.ts';
import { Refusal } from '../../core/refusal.ts';
import type { Call, Reply } from '../../core/wire.ts';
import { requireForm } from '../../engines/form-only.ts';
import { type Bought, buyTokens, need, needClient, renewTokens } from '../../engines/grants.ts';
import { secondsLeft } from '../../engines/redeem-code.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { nodeOf, signed } from './dialect.ts';

const life = { access: 15 * 86_400, refresh: 30 * 86_400 };
const fixed = { format: 'JSON', charset: 'utf-8', sign_type: 'RSA2', version: '1.0' };

/** The allowed clock difference of a caller, in minutes. */
const tolerance = 15;

export function mountGateway(room: Room): void {
  room.route({
    kind: ({ form }) => {
      if (form.get('method') === 'alipay.user.info.share') return 'profile';
      return form.get('grant_type') === 'refresh_token' ? 'refresh' : 'token';
    },
    methods: ['POST'],
    path: '/gateway.do',
    // Parameters in the URL are not signed and are ignored.
    handle: (call) => gateway(room, { ...call, query: new URLSearchParams() }),
  });
}

function gateway(room: Room, call: Call): Reply {
  requireForm(call);
  const client = needClient(room, { id: need(call, 'app_id') });
  checkCommon(room, call);
  checkSignature(call, client);
  const method = need(call, 'method');
  switch (method) {
    case 'alipay.system.oauth.token':
      return tokens(room, grant(room, call, client));
    case 'alipay.user.info.share':
      return share(room, call, client);
    default:
      throw new Refusal('request', method);
  }
}

function checkCommon(room: Room, call: Call): void {
  for (const [name, value] of Object.entries(fixed))
    if (need(call, name) !== value) throw new Refusal('request', name);
  const timestamp = need(call, 'timestamp');
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(timestamp)) throw new Refusal('request', 'timestamp');
  const at = Date.parse(`${timestamp.replace(' ', 'T')}+08:00`);
  if (!(Math.abs(at - room.ledger.now()) < tolerance * 60_000)) throw new Refusal('request', 'timestamp');
}

/** Returns the text that is signed: all non-empty parameters, sorted and not encoded. */
function checkSignature({ form }: Call, { clientSecret }: LabClient): void {
  const names = [...form.keys()];
  if (new Set(names).size < names.length) throw new Refusal('request', 'given twice');
  const content = [...form]
    .filter(([name, value]) => name !== 'sign' && value !== '')
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const secret = Buffer.from(clientSecret, 'base64');
  const key = createPublicKey(createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' }));
  const signature = Buffer.from(form.get('sign') ?? '', 'base64');
  if (!verify('RSA-SHA256', Buffer.from(content), key, signature)) throw new Refusal('proof');
}

function grant(room: Room, call: Call, client: LabClient): Bought {
  switch (need(call, 'grant_type')) {
    case 'authorization_code': {
      const asked = { client, code: need(call, 'code'), redirectUri: undefined, verifier: undefined };
      return buyTokens(room, asked, { life, redirect: 'ignored', pkce: 'ignored' });
    }
    case 'refresh_token': {
      const presented = { client, value: need(call, 'refresh_token'), fault: call.fault };
      return renewTokens(room, presented, { life, oldAccessDies: true });
    }
    default:
      throw new Refusal('grant_type');
  }
}

function tokens(room: Room, { access, refresh }: Bought): Reply {
  const [date, time] = new Date(access.issuedAt + 8 * 3_600_000).toISOString().split(/[T.]/);
  return signed(nodeOf('alipay.system.oauth.token'), {
    access_token: access.value,
    // Members that are obsolete.
    alipay_user_id: `2088${derived(`alipay ${access.user}`, 12, alphabets.digits)}`,
    auth_start: `${date} ${time}`,
    expires_in: secondsLeft(room, access),
    re_expires_in: refresh && secondsLeft(room, refresh),
    refresh_token: refresh?.value,
    open_id: room.profile.subject(room.person(access.user), access.clientId),
  });
}

function share(room: Room, call: Call, client: LabClient): Reply {
  const access = requireToken(room, need(call, 'auth_token'), ['auth_user']);
  if (access.clientId !== client.clientId) throw new Refusal('token_unknown');
  const person = room.person(access.user);
  return signed(nodeOf('alipay.user.info.share'), {
    code: '10000',
    msg: 'Success',
    open_id: room.profile.subject(person, access.clientId),
    nick_name: person.name,
    avatar: room.picture(person),
    province: '浙江省',
    city: '杭州市',
    gender: 'F',
  });
}
