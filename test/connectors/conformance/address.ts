import { expect, it } from 'vitest';
import type { Conformance, Room } from '../conformance.ts';

/** Lin's address is verified at every provider that looks at such things; what counts is whether this one says so. */
export function address({ addressElsewhere }: Pick<Conformance, 'addressElsewhere'>, room: Room): void {
  it('tells of an address what is declared', async () => {
    const { email, emailVerified } = (await room().arrive('lin')).account;
    const told = email === undefined ? undefined : emailVerified ? 'vouched' : 'unverified';
    expect(told).toBe(addressElsewhere ? undefined : room().connector.email);
  });
}
