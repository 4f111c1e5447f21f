import { derived, random } from '../../core/mint.ts';
import type { Person } from '../../core/people.ts';
import { Refusal } from '../../core/refusal.ts';
import type { Call, Reply } from '../../core/wire.ts';
import { need, needClient } from '../../engines/grants.ts';
import { redeemCode } from '../../engines/redeem-code.ts';
import type { Room } from '../../profile.ts';
import { succeed } from './dialect.ts';

const appTokenSeconds = 7200;
const ticketSeconds = 1800;

/**
 * Mounts the API. The app's own token allows all calls. A ticket gives the details that a member consented to share.
 */
export function mountCorp(room: Room): void {
  const appTokens = new Map<string, { readonly corpId: string; readonly until: number }>();
  const tickets = new Map<string, { readonly person: Person; readonly until: number }>();

  function corpOf(call: Call): string {
    const known = appTokens.get(need(call, 'access_token'));
    if (known === undefined) throw new Refusal('token_unknown');
    if (known.until <= room.ledger.now()) throw new Refusal('token_expired');
    return known.corpId;
  }

  /** Returns the same token while it is valid. */
  function appToken(call: Call): Reply {
    const asked = { id: need(call, 'corpid'), secret: need(call, 'corpsecret') };
    const { clientId: corpId } = needClient(room, asked);
    const now = room.ledger.now();
    const [living] = [...appTokens].filter(([, token]) => token.corpId === corpId && token.until > now);
    const [value, { until }] = living ?? [random(64), { until: now + appTokenSeconds * 1000 }];
    appTokens.set(value, { corpId, until });
    return succeed({ access_token: value, expires_in: Math.floor((until - now) / 1000) });
  }

  function visitor(call: Call): Reply {
    const client = needClient(room, { id: corpOf(call) });
    const asked = { client, code: need(call, 'code'), redirectUri: undefined, verifier: undefined };
    const { user, scopes } = redeemCode(room, asked, { redirect: 'ignored', pkce: 'ignored' });
    const person = room.person(user);
    if (!isMember(person))
      return succeed({
        openid: `o${derived(`wecom openid ${person.id}`, 27)}`,
        external_userid: `wm${derived(`wecom external_userid ${person.id}`, 30)}`,
      });
    if (!scopes.includes('snsapi_privateinfo')) return succeed({ userid: person.handle });
    const user_ticket = random(64);
    tickets.set(user_ticket, { person, until: room.ledger.now() + ticketSeconds * 1000 });
    return succeed({ userid: person.handle, user_ticket, expires_in: ticketSeconds });
  }

  function directory(call: Call): Reply {
    corpOf(call);
    const userid = need(call, 'userid');
    const person = room.people.find(({ handle }) => handle === userid);
    if (person === undefined) throw new Refusal('subject_mismatch');
    return succeed({ userid, name: person.name, department: [1], status: 1 });
  }

  function details(call: Call): Reply {
    corpOf(call);
    const ticket = tickets.get(String(call.json.user_ticket));
    if (ticket === undefined || ticket.until <= room.ledger.now())
      throw new Refusal('request', 'user_ticket');
    const { person } = ticket;
    return succeed({
      userid: person.handle,
      gender: '2',
      avatar: room.picture(person),
      email: person.email ?? '',
      biz_mail: '',
    });
  }

  const { route } = room;
  route({ kind: 'api', methods: ['GET'], path: '/cgi-bin/gettoken', handle: appToken });
  route({ kind: 'token', methods: ['GET'], path: '/cgi-bin/auth/getuserinfo', handle: visitor });
  route({ kind: 'profile', methods: ['GET'], path: '/cgi-bin/user/get', handle: directory });
  route({ kind: 'profile', methods: ['POST'], path: '/cgi-bin/auth/getuserdetail', handle: details });
}

function isMember({ id }: Person): boolean {
  return id !== 'sam';
}
