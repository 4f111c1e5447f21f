import { after, type Clock, seconds } from '../../kit/clock.ts';
import type { Secret } from '../../kit/secret.ts';
import type { ProviderHttp } from '../contract/calls.ts';
import type { Connector } from '../contract/contract.ts';
import type { Registration } from '../contract/registration.ts';

export interface AppTokenDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly clock: Clock;
}

/** Seconds before its end at which the app's token is replaced. */
const ahead = 60;

/**
 * Returns a function that gives the app's own token. Concurrent callers share one request. Each process has its own
 * cache, since providers return the same token again while it is valid. Another token is requested if the cached one was
 * `refused` before its end.
 */
export function createAppToken({ connector, registration, clock }: AppTokenDeps, http: ProviderHttp) {
  let cached: { readonly token: Promise<Secret>; until: Date } | undefined;

  async function ask(): Promise<Secret> {
    if (!connector.appToken) throw new Error(`connector ${connector.provider} declares no app token`);
    const askedAt = clock.now();
    const { token, expiresIn } = await connector.appToken({ registration, http });
    if (cached) cached.until = after(askedAt, seconds(Math.max(0, expiresIn - ahead)));
    return token;
  }

  return async (refused?: Secret): Promise<Secret> => {
    if (cached && clock.now() < cached.until) {
      const token = await cached.token;
      if (token !== refused) return token;
    }
    // Until the answer states an end, a request in flight counts as valid for a minute, so that callers share it.
    const mine = { token: Promise.resolve().then(ask), until: after(clock.now(), seconds(ahead)) };
    cached = mine;
    try {
      return await mine.token;
    } catch (error) {
      if (cached === mine) cached = undefined;
      throw error;
    }
  };
}
