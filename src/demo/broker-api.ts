import { z } from 'zod';
import { seconds, systemClock } from '../kit/clock.ts';
import { directFetch } from '../kit/direct-fetch.ts';
import { retryAfterOf } from '../kit/retry-after.ts';
import { SessionEnded } from './trouble.ts';

const identity = z.object({
  id: z.string(),
  connection: z.string(),
  provider: z.string(),
  subject: z.string(),
  name: z.string().nullable(),
  picture: z.string().nullable(),
  token: z
    .object({
      state: z.string(),
      reason: z.string().nullable(),
      scope: z.string(),
      expires_at: z.string().nullable(),
    })
    .nullable(),
});

const providerToken = z.object({
  access_token: z.string(),
  expires_at: z.string().nullable(),
  scope: z.string(),
  identity: z.object({ id: z.string(), connection: z.string(), provider: z.string(), subject: z.string() }),
  parameters: z.record(z.string(), z.string()),
  usage: z.object({
    transport: z.enum(['header', 'query']),
    name: z.string(),
    scheme: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    api_base: z.url({ protocol: /^https?$/ }),
  }),
});

const link = z.url({ protocol: /^https?$/ }).optional();

/** RFC 9457, with the members by which the broker names the way out. */
const refusal = z.object({
  status: z.number(),
  code: z.string(),
  detail: z.string().optional(),
  reason: z.string().optional(),
  missing: z.array(z.string()).optional(),
  link_url: link,
  reauthorize_url: link,
});

export type LinkedIdentity = z.infer<typeof identity>;
export type ProviderToken = z.infer<typeof providerToken>;
export interface Refusal extends z.infer<typeof refusal> {
  /** The seconds of `Retry-After`. */
  readonly wait?: number | undefined;
}
export type Answer<T> = { readonly value: T } | { readonly refusal: Refusal };

export interface TokenWish {
  readonly identityId: string;
  readonly fresh: boolean;
}

/** The broker's `/v1`, called with the access token of the sign-in. @throws SessionEnded when the broker refuses the token */
export interface BrokerApi {
  identities(accessToken: string): Promise<Answer<readonly LinkedIdentity[]>>;
  /** `fresh` asks for a token issued after the request, for when the provider refuses the current one. */
  providerToken(accessToken: string, wish: TokenWish): Promise<Answer<ProviderToken>>;
}

export function createBrokerApi(issuer: string): BrokerApi {
  async function get<T>(path: string, accessToken: string, shape: z.ZodType<T>): Promise<Answer<T>> {
    const response = await directFetch(`${issuer}/v1${path}`, {
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(seconds(15)),
    });
    const body: unknown = await response.json();
    if (response.ok) return { value: shape.parse(body) };
    if (response.status === 401) throw new SessionEnded('the broker refuses the access token');
    return { refusal: { ...refusal.parse(body), wait: retryAfterOf(response.headers, systemClock.now()) } };
  }

  return {
    async identities(accessToken) {
      const shape = z.object({ identities: z.array(identity) }).transform((body) => body.identities);
      return await get('/me/identities', accessToken, shape);
    },
    providerToken: async (accessToken, { identityId, fresh }) => {
      const path = `/me/identities/${encodeURIComponent(identityId)}/token${fresh ? '?force=true' : ''}`;
      return await get(path, accessToken, providerToken);
    },
  };
}
