import { z } from 'zod';
import { Secret } from '../../kit/secret.ts';
import type { StoredSet } from '../stored-set.ts';
import type { RefreshAnswer } from './refresh-answer.ts';

const moment = z.iso
  .datetime()
  .nullable()
  .transform((text) => (text === null ? null : new Date(text)));

const setShape = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  parameters: z.record(z.string(), z.string()),
  accessLifetime: z.number().optional(),
  furtherScopes: z.array(z.string()).optional(),
  origins: z.array(z.string()).optional(),
  scopes: z.array(z.string()),
  accessExpiresAt: moment,
  refreshExpiresAt: moment,
  absoluteCapAt: moment,
  statesRefreshEnd: z.boolean().optional(),
});

const shape = z.object({
  identityId: z.string(),
  userId: z.string(),
  connectionId: z.string(),
  version: z.number(),
  depositedAt: moment.default(null),
  clientId: z.string().optional(),
  how: z.enum(['refresh_token', 'exchange-live-token', 'none']),
  rotation: z.enum(['static', 'overlapping', 'single-use', 'reuse-kills-family']),
  held: setShape,
  refreshed: setShape,
  foreign: z.enum(['iss', 'sub', 'aud']).optional(),
});

/** Returns JSON with the tokens in plaintext, to be sealed at once. */
export function serialize({ traits, held, refreshed, sealedFor: _, ...about }: RefreshAnswer): string {
  return JSON.stringify({
    ...about,
    ...{ how: traits.how, rotation: traits.rotation },
    held: plain(held),
    refreshed: plain(refreshed),
  });
}

function plain({ tokens, ...rest }: StoredSet): object {
  const { accessToken, refreshToken, ...beside } = tokens;
  return { ...rest, ...beside, access_token: accessToken.reveal(), refresh_token: refreshToken?.reveal() };
}

/** Reads the JSON of `serialize`. @throws when it is something else */
export function parse(text: string): RefreshAnswer {
  const { how, rotation, held, refreshed, ...about } = shape.parse(JSON.parse(text));
  return { ...about, traits: { how, rotation }, held: storedSet(held), refreshed: storedSet(refreshed) };
}

function storedSet({
  access_token,
  refresh_token,
  parameters,
  accessLifetime,
  furtherScopes,
  origins,
  ...rest
}: z.infer<typeof setShape>): StoredSet {
  const refreshToken = refresh_token === undefined ? undefined : new Secret(refresh_token);
  return {
    ...rest,
    tokens: {
      accessToken: new Secret(access_token),
      refreshToken,
      parameters,
      accessLifetime,
      furtherScopes,
      origins,
    },
  };
}
