import { z } from 'zod';
import type { Keyring, Sealed } from '../kit/keys/keyring.ts';
import { Secret } from '../kit/secret.ts';

/** The sealed content: the tokens, what an app needs beside them, and what they were asked for. */
export interface EntryTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  /**
   * Granted scopes that an app had asked for beyond those of the connection; undefined: kept by a version of the broker
   * that did not note them.
   */
  readonly furtherScopes?: readonly string[] | undefined;
  /** Seconds that the provider last said such an access token lives; absent: it never has, or an earlier version kept it. */
  readonly accessLifetime?: number | undefined;
  /** The refresh token is of an earlier authorization than the access token, which may outlive it. */
  readonly joined?: boolean | undefined;
}

const shape = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  parameters: z.record(z.string(), z.string()),
  further_scopes: z.array(z.string()).optional(),
  access_lifetime: z.number().optional(),
  joined: z.boolean().optional(),
});

export function sealTokens(keyring: Keyring, tokens: EntryTokens, place: Place): Sealed {
  const plain: z.infer<typeof shape> = {
    access_token: tokens.accessToken.reveal(),
    ...(tokens.refreshToken && { refresh_token: tokens.refreshToken.reveal() }),
    parameters: { ...tokens.parameters },
    ...(tokens.furtherScopes && { further_scopes: [...tokens.furtherScopes] }),
    ...(tokens.accessLifetime !== undefined && { access_lifetime: tokens.accessLifetime }),
    ...(tokens.joined && { joined: true }),
  };
  return keyring.seal(JSON.stringify(plain), tokensContext(place));
}

/** @throws UnreadableError when the row was tampered with, moved, or sealed with a key we do not have. */
export function openTokens(keyring: Keyring, entry: Sealed & Place): EntryTokens {
  const { access_token, refresh_token, parameters, further_scopes, access_lifetime, joined } = shape.parse(
    JSON.parse(keyring.open(entry, tokensContext(entry))),
  );
  return {
    accessToken: new Secret(access_token),
    refreshToken: refresh_token === undefined ? undefined : new Secret(refresh_token),
    parameters,
    furtherScopes: further_scopes,
    accessLifetime: access_lifetime,
    joined,
  };
}

interface Place {
  readonly identityId: string;
  readonly version: number;
}

export function tokensContext({ identityId, version }: Place): string {
  return `vault_entry:${identityId}:tokens:${version}`;
}
