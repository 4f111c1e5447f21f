import { derived, random } from '../core/mint.ts';
import type { Profile } from '../profile.ts';
import { insideWecom, onAnyPage } from './wecom/authorize.ts';
import { mountCorp } from './wecom/corp.ts';
import { refuse, wecomFaults } from './wecom/dialect.ts';

/** WeCom of one organization. All people of the lab are members, except Sam. */
export const wecom: Profile = {
  name: 'wecom',
  title: 'WeCom',
  provider: 'wecom',
  clientId: 'ww0105symbolonlab',
  clientSecret: derived('wecom corpsecret', 43),
  endpoints: {
    authorization: '/wwlogin/sso/login',
    token: '/cgi-bin/auth/getuserinfo',
    api: '',
  },
  options: { agent_id: '1000002' },
  scopeSeparator: ',',
  rotation: 'static',
  mint: { code: () => random(43), access: () => random(64), refresh: () => random(64) },
  faults: wecomFaults,
  subject: (person, corpId) => `${corpId}:${person.handle}`,
  refuse,
  mount(room) {
    room.authorize(onAnyPage);
    room.authorize(insideWecom);
    mountCorp(room);
  },
};
