import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown, yes } from '../contract/profile-fields.ts';

/** Log in with PayPal. It is called OpenID Connect, but issues no ID token. */
export const paypal = oauth2({
  provider: 'paypal',
  title: { en: 'PayPal', zh: 'PayPal' },
  ...addresses(''),
  options: {
    environment: {
      about: 'The environment of the app’s registration: `live`, or `sandbox` with test accounts.',
      default: 'live',
      values: ['live', 'sandbox'],
    },
  },
  forOptions: ({ environment }) => addresses(environment === 'sandbox' ? 'sandbox.' : ''),
  scopes: { default: ['openid', 'profile', 'email'], separator: ' ' },
  email: 'vouched',
  alternates: ['payer_id'],
  exportedIds: {
    isSubject: (id) => !id.includes('/'),
    subjectOf: ({ id }) => withoutAddress(id),
  },
  clientAuthentication: 'client_secret_basic',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 28_800 },
  classify: classifyByWords({
    dead: { invalid_refresh_token: 'rejected' },
    misconfigured: ['unsupported_grant_type'],
  }),
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['paypal-request-id', 'paypal-partner-attribution-id', 'paypal-client-metadata-id'],
  account,
});

function addresses(environment: string) {
  const api = `https://api-m.${environment}paypal.com`;
  return {
    issuer: `https://www.${environment}paypal.com`,
    endpoints: {
      authorization: `https://www.${environment}paypal.com/signin/authorize`,
      token: `${api}/v1/oauth2/token`,
      userinfo: `${api}/v1/identity/oauth2/userinfo`,
      api,
    },
  };
}

/** Returns the id at the end of a URL. */
function withoutAddress(id: string): string {
  return id.replace(/^https:\/\/[^?#]*\//, '');
}

const email = z.object({ value: shown, primary: yes, confirmed: yes });

const profile = z.object({
  user_id: z.string().transform(withoutAddress),
  payer_id: shown,
  name: shown,
  emails: z.array(email).optional().catch(undefined),
});

async function account(call: AccountCall) {
  const person = profile.parse(await fetchProfile(call, { query: { schema: 'paypalv1.1' } }));
  const primary = person.emails?.find((one) => one.primary === true);
  return {
    subject: person.user_id,
    alternates: { ...(person.payer_id && { payer_id: person.payer_id }) },
    name: person.name,
    picture: undefined,
    email: primary?.value,
    emailVerified: primary?.value !== undefined && primary.confirmed === true,
  };
}
