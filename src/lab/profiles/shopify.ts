import { createHmac } from 'node:crypto';
import type { Token } from '../core/ledger-types.ts';
import { alphabets, derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import { json } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Issued } from '../engines/token-endpoint.ts';
import type { Profile, Room } from '../profile.ts';

const shop = 'symbolon-lab';
const clientId = derived('shopify client id', 32, alphabets.hex);
const day = 86_400;

type Fields = Record<string, unknown>;
type Parameters = Readonly<Record<string, string>>;

export const shopify: Profile = standardProfile({
  name: 'shopify',
  title: 'Shopify',
  provider: 'shopify',
  options: { shop },
  clientId,
  clientSecret: `shpss_${derived('shopify client secret', 32, alphabets.hex)}`,
  scopeSeparator: ',',
  rotation: 'single-use',
  mint: {
    code: () => random(32, alphabets.hex),
    access: () => `shpat_${random(32, alphabets.hex)}`,
    refresh: () => `shprt_${random(32, alphabets.hex)}`,
  },
  subject: (person) => derived(`shopify id ${person.id}`, 9, '123456789'),
  authorize: {
    path: '/admin/oauth/authorize',
    scopeSeparator: /,/,
    knownScope: (scope) => /^(?:unauthenticated_|customer_)?(?:read|write)_[a-z_]+$/.test(scope),
    challenge: 'ignored',
    offline: ({ query }) => query.get('grant_options[]') !== 'per-user',
  },
  sealed,
  token: {
    path: '/admin/oauth/access_token',
    life: { access: 3600, refresh: 90 * 86_400 },
    clientAuth: ['post'],
    bodies: ['form', 'json'],
    redirect: 'ignored',
    pkce: 'ignored',
    defaultGrant: 'authorization_code',
    refreshSlides: true,
  },
  answer,
  userinfo: {
    path: '/admin/api/:version/shop.json',
    token: (call) => call.header('x-shopify-access-token'),
    body: () => ({ shop: { id: 548_380_009, name: 'Lab', domain: `${shop}.myshopify.com` } }),
  },
  endpoints: {
    authorization: '/admin/oauth/authorize',
    token: '/admin/oauth/access_token',
    api: '/admin/api',
  },
  refuse: apiDialect(() => json({ errors: '[API] Invalid API key or access token' }, 401), {
    proof: [403, 'invalid_request', 'Offline access tokens must be expiring'],
  }),
});

/** Returns the callback's parameters with shop, time and a signature over all. */
function sealed(parameters: Parameters, { clock, client }: Room): Parameters {
  const timestamp = String(Math.floor(clock.now().getTime() / 1000));
  const host = btoa(`admin.shopify.com/store/${shop}`);
  const all = { ...parameters, host, shop: `${shop}.myshopify.com`, timestamp };
  const sorted = Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const message = new URLSearchParams(sorted).toString();
  const key = client(clientId)?.clientSecret ?? '';
  return { ...all, hmac: createHmac('sha256', key).update(message).digest('hex') };
}

function answer(fields: Fields, { access, refresh, call }: Issued, room: Room): Fields {
  const scope = access.scopes.join(',');
  if (refresh === undefined) {
    access.expiresAt = room.ledger.now() + day * 1000;
    const { token_type: _, ...rest } = fields;
    return {
      ...rest,
      scope,
      expires_in: day,
      associated_user_scope: scope,
      associated_user: staff(room, access),
    };
  }
  const first = call.form.get('grant_type') !== 'refresh_token';
  if (first && call.form.get('expiring') !== '1') throw new Refusal('proof');
  if (first) endOthers(room, access);
  const left = Math.round(((refresh.expiresAt ?? 0) - room.ledger.now()) / 1000);
  const { token_type: _, ...rest } = fields;
  return { ...rest, scope, refresh_token_expires_in: left };
}

function staff(room: Room, { user, clientId: app }: Token): Fields {
  const person = room.person(user);
  return {
    id: Number(room.profile.subject(person, app)),
    first_name: person.givenName,
    last_name: person.familyName,
    email: person.email ?? `${person.handle}@shopify.example`,
    email_verified: person.emailVerified,
    account_owner: person.id === 'lin',
    locale: 'en',
    collaborator: false,
  };
}

/** Ends earlier offline tokens: an app has one valid offline token per shop. */
function endOthers({ ledger }: Room, { family }: Token): void {
  const tokens = ledger.liveGrants().flatMap(({ id }) => ledger.tokensOf(id));
  const offline = new Set(tokens.filter(({ kind }) => kind === 'refresh').map((token) => token.family));
  ledger.end(
    tokens.filter((token) => token.family !== family && offline.has(token.family)),
    'limit',
  );
}
