import { z } from 'zod';
import type { AccountCall, AuthorizeOptions, RevokeCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Options } from '../contract/options.ts';
import { furtherId, numericId, shown } from '../contract/profile-fields.ts';

const threeMonths = 90 * 86_400;
const year = 365 * 86_400;

export const yandex = oauth2({
  provider: 'yandex',
  title: { en: 'Yandex', zh: 'Yandex' },
  issuer: 'https://oauth.yandex.ru',
  endpoints: {
    authorization: 'https://oauth.yandex.ru/authorize',
    token: 'https://oauth.yandex.ru/token',
    userinfo: 'https://login.yandex.ru/info',
    api: 'https://login.yandex.ru',
  },
  options: {
    subject: {
      about:
        'The id that identifies a person: id, the same for every app, or psuid, which is specific to this app.',
      default: 'id',
      values: ['id', 'psuid'],
    },
    device_id: {
      about:
        'A name of 6 to 50 characters for this installation. Only tokens issued for a device can be revoked, and a person has at most twenty of them per app.',
      pattern: /^[\x21-\x7e]{6,50}$/,
    },
  },
  forOptions: ({ device_id }) =>
    device_id === undefined
      ? {}
      : {
          authorizeParameters: (ask) => ({ ...requestParameters(ask), device_id }),
          revoke,
          revokesBy: 'live-token',
        },
  // The permissions are chosen at the app's registration.
  scopes: { default: [], separator: ' ' },
  email: 'unverified',
  alternates: ['yandex:id', 'yandex:psuid'],
  exportedIds: {
    isSubject: (id, { options }) => (options.subject === 'psuid') !== /^\d+$/.test(id),
    subjectOf({ id, profile, registration: { options } }) {
      const told = ids.safeParse(profile).data;
      return told && [told.id, told.psuid].includes(id) ? subjectIn(told, options) : undefined;
    },
  },
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    // Both tokens last equally long, so a refresh cannot wait for the access token's end. It takes place every three
    // months.
    accessLifetime: year,
    refreshLifetime: year,
    ahead: year - threeMonths,
    keepAlive: threeMonths,
  },
  classify: classifyByWords({
    dead: { 'refresh token expired': 'expired' },
    misconfigured: ['unauthorized_client', 'invalid_client'],
  }),
  transport: { in: 'header', name: 'Authorization', scheme: 'OAuth' },
  authorizeParameters: requestParameters,
  account,
});

function requestParameters({ forceLogin, forceConsent }: AuthorizeOptions): Record<string, string> {
  return forceLogin || forceConsent ? { force_confirm: 'yes' } : {};
}

const ids = z.object({ id: numericId, psuid: furtherId });

function subjectIn({ id, psuid }: z.infer<typeof ids>, options: Options): string | undefined {
  return options.subject === 'psuid' ? psuid : id;
}

const profile = ids.extend({
  login: shown,
  display_name: shown,
  real_name: shown,
  default_email: shown,
  default_avatar_id: z
    .string()
    .regex(/^[\w/-]{1,128}$/)
    .optional()
    .catch(undefined),
});

async function account({ tokens, registration: { endpoints, options }, http }: AccountCall) {
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/info`);
  url.searchParams.set('format', 'json');
  const headers = { authorization: `OAuth ${tokens.accessToken.reveal()}`, accept: 'application/json' };
  const person = profile.parse(await http.json('profile', url, { headers }));
  const { id, psuid, default_avatar_id: avatar } = person;
  return {
    subject: subjectIn(person, options) ?? '',
    alternates: { 'yandex:id': id, ...(psuid && { 'yandex:psuid': psuid }) },
    name: person.real_name ?? person.display_name ?? person.login,
    picture: avatar && `https://avatars.yandex.net/get-yapic/${avatar}/islands-200`,
    email: person.default_email,
    emailVerified: false,
  };
}

async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { clientId, clientSecret, endpoints } = registration;
  const body = new URLSearchParams({
    access_token: accessToken.reveal(),
    client_id: clientId,
    client_secret: clientSecret?.reveal() ?? '',
  });
  const url = new URL(endpoints.revocation ?? endpoints.token.replace(/token$/, 'revoke_token'));
  await http.done('revoke', url, { method: 'POST', body });
}
