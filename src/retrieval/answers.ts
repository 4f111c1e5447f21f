import { z } from 'zod';

// The answers of `/v1`, exactly as the contract has them. The OpenAPI document is made from these schemas.

const isoTime = z.iso.datetime();

export const tokenHealth = z
  .object({
    state: z.enum(['active', 'expiring', 'refreshing', 'retrying', 'reauthorization_required', 'revoked']),
    reason: z.string().nullable(),
    scope: z.string(),
    expires_at: isoTime.nullable(),
    refresh_expires_at: isoTime.nullable(),
    refreshable: z.boolean(),
    last_refreshed_at: isoTime.nullable(),
  })
  .meta({ id: 'TokenHealth' });

export const identityAnswer = z
  .object({
    id: z.string(),
    connection: z.string(),
    provider: z.string(),
    subject: z.string(),
    name: z.string().nullable(),
    picture: z.string().nullable(),
    linked_at: isoTime,
    last_login_at: isoTime.nullable(),
    token: tokenHealth.nullable(),
  })
  .meta({ id: 'Identity' });

export const meAnswer = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    picture: z.string().nullable(),
    identities: z.array(identityAnswer),
  })
  .meta({ id: 'Me' });

export const identitiesAnswer = z.object({ identities: z.array(identityAnswer) }).meta({ id: 'Identities' });

export const tokenAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int().nullable().describe('Seconds; null when the provider states no end'),
    expires_at: isoTime.nullable(),
    scope: z.string(),
    identity: z.object({ id: z.string(), connection: z.string(), provider: z.string(), subject: z.string() }),
    parameters: z.record(z.string(), z.string()).describe("What the provider's API wants beside the token"),
    usage: z.object({
      transport: z.enum(['header', 'query']),
      name: z.string(),
      scheme: z.string().nullable().describe('Before the token in the header'),
      headers: z.record(z.string(), z.string()).describe('Further headers that every call wants'),
      api_base: z.string(),
    }),
  })
  .meta({ id: 'ProviderToken' });

export type IdentityAnswer = z.infer<typeof identityAnswer>;
export type TokenAnswer = z.infer<typeof tokenAnswer>;
