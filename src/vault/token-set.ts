import { z } from 'zod';
import type { Keyring, Sealed } from '../kit/keyring.ts';
import { Secret } from '../kit/secret.ts';

/** What is sealed: the tokens and what an app needs beside them. */
export interface HeldTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

const shape = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  parameters: z.record(z.string(), z.string()),
});

export function sealTokens(keyring: Keyring, tokens: HeldTokens, place: Place): Sealed {
  const plain: z.infer<typeof shape> = {
    access_token: tokens.accessToken.reveal(),
    ...(tokens.refreshToken && { refresh_token: tokens.refreshToken.reveal() }),
    parameters: { ...tokens.parameters },
  };
  return keyring.seal(JSON.stringify(plain), tokensContext(place));
}

/** @throws UnreadableError when the row was tampered with, moved, or sealed with a key we do not have. */
export function openTokens(keyring: Keyring, entry: Sealed & Place): HeldTokens {
  const { access_token, refresh_token, parameters } = shape.parse(
    JSON.parse(keyring.open(entry, tokensContext(entry))),
  );
  return {
    accessToken: new Secret(access_token),
    refreshToken: refresh_token === undefined ? undefined : new Secret(refresh_token),
    parameters,
  };
}

interface Place {
  readonly identityId: string;
  readonly version: number;
}

export function tokensContext({ identityId, version }: Place): string {
  return `vault_entry:${identityId}:tokens:${version}`;
}
