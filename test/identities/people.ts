import type { UpstreamAccount } from '../../src/connectors/contract/upstream-sign-in.ts';
import { Problem } from '../../src/kit/problem.ts';
import { Secret } from '../../src/kit/secret.ts';
import type { CompletedSignIn } from '../../src/login/sign-in.ts';
import type { VaultWorld } from '../support/vault-world.ts';

/** Completes a sign-in with the profile that the connector read. */
export async function arrival(
  world: VaultWorld,
  alias: string,
  account: Partial<UpstreamAccount> & { readonly subject: string },
): Promise<CompletedSignIn> {
  const nothing = { alternates: {}, name: undefined, picture: undefined, email: undefined };
  const tokens = {
    accessToken: new Secret('token'),
    refreshToken: undefined,
    expiresIn: 3600,
    refreshExpiresIn: undefined,
    scopes: [],
    parameters: {},
    extra: {},
  };
  return {
    connection: await world.connection(alias),
    account: { ...nothing, emailVerified: false, ...account },
    tokens,
    resume: { kind: 'interaction', uid: 'none' },
  };
}

/** Returns the result of each call: `ok`, or the code of its problem. @throws any other error */
export async function outcomes(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled
    .map((result) => {
      if (result.status === 'fulfilled') return 'ok';
      if (result.reason instanceof Problem) return result.reason.code;
      throw result.reason;
    })
    .sort();
}
