import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { UpstreamError } from '../contract/failures.ts';
import type { Options } from '../contract/options.ts';
import { numericId, shown, yes } from '../contract/profile-fields.ts';
import type { RefreshTraits } from '../contract/refresh-traits.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpRequest, RewriteContext } from '../contract/rewrite.ts';

const hour = 3600;

/** Shopify. Every shop is its own provider, so a connection is for one shop. */
export const shopify = oauth2({
  provider: 'shopify',
  title: { en: 'Shopify', zh: 'Shopify' },
  ...addresses('shop.invalid'),
  options: {
    shop: {
      about: 'The name of the shop, without .myshopify.com.',
      required: true,
      pattern: /^[a-z0-9][a-z0-9-]{0,99}$/,
    },
    access_mode: {
      about:
        'The owner of the token: `per-user` for the staff member who signs in, `offline` for the app in this shop.',
      default: 'per-user',
      values: ['per-user', 'offline'],
    },
  },
  forOptions: ({ shop = '', access_mode }) => ({
    ...addresses(`${shop}.myshopify.com`),
    ...(access_mode === 'offline' && { refresh: offline }),
  }),
  scopes: {
    default: [],
    separator: ',',
    // For `read_orders,write_orders` the answer names `write_orders` alone.
    cover: { includes: (wide, narrow) => wide.replace(/^(unauthenticated_)?write_/, '$1read_') === narrow },
  },
  callback: { signed: true },
  email: 'vouched',
  exportedIds: {
    isSubject: (id, { options }) =>
      options.access_mode === 'offline' ? id === hostOf(options) : numericId.safeParse(id).success,
    subjectOf: ({ id, registration: { options } }) =>
      options.access_mode === 'offline' && id === options.shop ? hostOf(options) : undefined,
  },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  // The token of a staff member lasts about a day and cannot be refreshed.
  refresh: { how: 'none', rotation: 'static', accessLifetime: 24 * hour },
  classify: classifyByWords({ busy: ['unavailable shop'], busyStatus: [402, 423] }),
  transport: { in: 'header', name: 'X-Shopify-Access-Token' },
  rewriteAuthorizeUrl: (url, { options }) => {
    if (options.access_mode === 'per-user') url.searchParams.set('grant_options[]', 'per-user');
    return url;
  },
  rewrite: { request: rewriteRequest },
  account: async (call) => accountOf(call),
});

function hostOf({ shop = '' }: Options): string {
  return `${shop}.myshopify.com`;
}

const offline: RefreshTraits = {
  how: 'refresh_token',
  rotation: 'single-use',
  accessLifetime: hour,
  refreshLifetime: 90 * 24 * hour,
  keepAlive: 30 * 24 * hour,
};

function addresses(host: string) {
  const admin = `https://${host}/admin`;
  return {
    issuer: `https://${host}`,
    endpoints: {
      authorization: `${admin}/oauth/authorize`,
      token: `${admin}/oauth/access_token`,
      api: `${admin}/api`,
    },
  };
}

function rewriteRequest(request: HttpRequest, registration: Registration, context: RewriteContext) {
  if (context.step !== 'exchange') return request;
  checkCallback(registration, context);
  const { client_id = '', client_secret = '', code = '' } = Object.fromEntries(request.body);
  // Without it a token without an end is issued, which new apps may no longer have.
  const expiring = registration.options.access_mode === 'offline' && { expiring: '1' };
  return { ...request, body: new URLSearchParams({ client_id, client_secret, code, ...expiring }) };
}

/** Checks the callback, which is signed with the client secret and names the shop. @throws UpstreamError */
function checkCallback({ clientSecret, options }: Registration, { callback, now }: RewriteContext): void {
  const { hmac = '', shop, timestamp } = callback;
  const signed = Object.entries(callback).filter(([name]) => name !== 'hmac');
  const message = new URLSearchParams(signed.toSorted(([a], [b]) => (a < b ? -1 : 1))).toString();
  const expected = createHmac('sha256', clientSecret?.reveal() ?? '')
    .update(message)
    .digest();
  const given = Buffer.from(hmac, 'hex');
  const authentic = given.length === expected.length && timingSafeEqual(given, expected);
  // The connection's secret may be wrong too, so this counts as misconfigured.
  if (!authentic) throw new UpstreamError('exchange', { kind: 'misconfigured' }, { code: 'bad_hmac' });
  const fresh = Math.abs(now.getTime() / 1000 - Number(timestamp)) < hour;
  if (shop !== `${options.shop}.myshopify.com` || !fresh)
    throw new UpstreamError('exchange', { kind: 'unknown' }, { code: 'not_this_shop' });
}

const staff = z.object({
  associated_user: z.object({
    id: numericId,
    first_name: shown,
    last_name: shown,
    email: shown,
    email_verified: yes,
  }),
});

/** Returns the account: the staff member in the token answer, or the shop itself. */
function accountOf({ tokens, registration }: AccountCall) {
  const { shop = '', access_mode } = registration.options;
  if (access_mode === 'offline') {
    const unknown = { alternates: {}, picture: undefined, email: undefined, emailVerified: false };
    return { subject: hostOf(registration.options), name: shop, ...unknown };
  }
  const { id, first_name, last_name, email, email_verified } = staff.parse(tokens.extra).associated_user;
  return {
    subject: id,
    alternates: {},
    name: [first_name, last_name].filter(Boolean).join(' ') || undefined,
    picture: undefined,
    email,
    emailVerified: email !== undefined && email_verified === true,
  };
}
