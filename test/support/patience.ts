import { type Outbound, OutboundError } from '../../src/kit/outbound.ts';

const soon = 1000;

/**
 * Shortens the timeout to a second for a provider that was told to be silent, and keeps it for one that is
 * only slow, so that a busy machine fails no test.
 */
export function createPatience(outbound: Outbound) {
  /** The number of silences to come, by provider, which is the first part of the path. */
  const silences = new Map<string, number>();

  const impatient: Outbound = {
    ...outbound,
    async fetch(target, init) {
      const [, name = ''] = new URL(target).pathname.split('/');
      const ahead = silences.get(name) ?? 0;
      if (ahead === 0) return await outbound.fetch(target, init);
      try {
        return await outbound.fetch(target, { ...init, totalTimeout: soon });
      } catch (error) {
        if (error instanceof OutboundError && error.failure === 'timeout') silences.set(name, ahead - 1);
        throw error;
      }
    },
  };

  return {
    outbound: impatient,
    expectSilence(name: string, times: number) {
      silences.set(name, times);
    },
  };
}
