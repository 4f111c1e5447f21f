import { alphabets, derived, random } from '../core/mint.ts';
import type { Profile } from '../profile.ts';
import { alipayFaults, refuse } from './alipay/dialect.ts';
import { mountGateway } from './alipay/gateway.ts';
import { alipayPublicKey, appPrivateKey } from './alipay/keys.ts';

/** Alipay: one gateway for all calls. The app signs each request, and Alipay signs each answer. */
export const alipay: Profile = {
  name: 'alipay',
  title: 'Alipay',
  provider: 'alipay',
  clientId: '2021005010501050',
  clientSecret: appPrivateKey,
  endpoints: {
    authorization: '/oauth2/publicAppAuthorize.htm',
    token: '/gateway.do',
    userinfo: '/gateway.do',
    api: '/gateway.do',
  },
  options: { alipay_public_key: alipayPublicKey },
  scopeSeparator: ',',
  rotation: 'single-use',
  mint: {
    code: () => random(32, alphabets.hex),
    access: () => `authusrB${random(32, alphabets.hex)}`,
    refresh: () => `authusrB${random(32, alphabets.hex)}`,
  },
  faults: alipayFaults,
  subject: (person, appId) => `0${derived(`alipay open_id ${appId} ${person.id}`, 47)}`,
  refuse,
  mount(room) {
    room.authorize({
      path: '/oauth2/publicAppAuthorize.htm',
      clientParam: 'app_id',
      codeParam: 'auth_code',
      required: ['scope'],
      scopeSeparator: /,/,
      defaultScopes: [],
      knownScope: (scope) => scope === 'auth_user' || scope === 'auth_base',
      redirectMatch: 'origin',
      challenge: 'ignored',
      codeSeconds: 180,
      objection: ({ query }) =>
        /^[\w+/=-]{0,100}$/.test(query.get('state') ?? '') ? undefined : 'INVALID_STATE',
      complain: 'page',
      errorPage: (problem, detail) => ({
        status: 200,
        heading: '授权错误',
        text: `${problem === 'redirect' ? 'INVALID_REDIRECT_URI' : problem} ${detail}`,
      }),
      denial: () => ({ error_code: 'access_denied' }),
      extras: ({ client, scopes }) => ({
        app_id: client.clientId,
        source: 'alipay_wallet',
        scope: scopes.join(','),
      }),
      offline: () => true,
    });
    mountGateway(room);
  },
};
