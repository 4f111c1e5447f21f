import { seconds } from '../../kit/clock.ts';
import { noteSilence } from '../../kit/database/statement-patience.ts';
import { oidcTime } from '../oidc-time.ts';

/** What is asked about with every token and changes once a month: read together, and from memory for a moment. */
export interface ShortCache<Value> {
  of(name: string): Promise<Value | undefined>;
  /** Everything: there has been a change. */
  forget(): void;
}

/** Changes are told at once (registration-channel.ts); this is for who could not be told. */
const moment = seconds(1);

export function createShortCache<Value>(
  read: (name: string) => Promise<Value | undefined>,
): ShortCache<Value> {
  const kept = new Map<string, { readonly value: Promise<Value | undefined>; readonly until: number }>();

  // What was read before a change, or has failed, or names nothing, is not kept: names come from outside.
  async function keep(name: string, value: Promise<Value | undefined>): Promise<Value | undefined> {
    kept.set(name, { value, until: oidcTime().getTime() + moment });
    const found = await value.catch(() => undefined);
    if (found === undefined && kept.get(name)?.value === value) kept.delete(name);
    return await value;
  }

  return {
    async of(name) {
      const known = kept.get(name);
      if (known && known.until > oidcTime().getTime()) return await noteSilence(known.value);
      return await keep(name, read(name));
    },
    forget: () => kept.clear(),
  };
}
