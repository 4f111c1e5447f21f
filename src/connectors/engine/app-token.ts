import { after, type Clock, seconds } from '../../kit/clock.ts';
import type { Secret } from '../../kit/secret.ts';
import type { Connector } from '../contract/contract.ts';
import type { Registration } from '../contract/registration.ts';
import type { Wire } from '../contract/wire.ts';

export interface AppTokenDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly clock: Clock;
}

/** A token of the app is renewed this many seconds before it ends. */
const ahead = 60;

/**
 * Answers the app's own token, asked for once by all who need it at the same time. Each process keeps its own:
 * providers answer the same token again while it lives. One that was `refused` before its time is asked for anew.
 */
export function createAppToken({ connector, registration, clock }: AppTokenDeps, wire: Wire) {
  let kept: { readonly token: Promise<Secret>; until: Date } | undefined;

  async function ask(): Promise<Secret> {
    if (!connector.appToken) throw new Error(`connector ${connector.provider} declares no app token`);
    const askedAt = clock.now();
    const { token, expiresIn } = await connector.appToken({ registration, wire });
    if (kept) kept.until = after(askedAt, seconds(Math.max(0, expiresIn - ahead)));
    return token;
  }

  return async (refused?: Secret): Promise<Secret> => {
    if (kept && clock.now() < kept.until) {
      const token = await kept.token;
      if (token !== refused) return token;
    }
    const mine = { token: Promise.resolve().then(ask), until: after(clock.now(), seconds(ahead)) };
    kept = mine;
    try {
      return await mine.token;
    } catch (error) {
      if (kept === mine) kept = undefined;
      throw error;
    }
  };
}
