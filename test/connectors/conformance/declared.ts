import { expect, it } from 'vitest';
import type { Conformance, Room } from '../conformance.ts';

/** What the connector says of itself, and what it does. */
export function declared({ addressElsewhere }: Pick<Conformance, 'addressElsewhere'>, room: Room): void {
  // Lin's address is verified at every provider that looks at such things; what counts is whether this one says so.
  it('tells of an address what is declared', async () => {
    const { email, emailVerified } = (await room().arrive('lin')).account;
    const told = email === undefined ? undefined : emailVerified ? 'vouched' : 'unverified';
    expect(told).toBe(addressElsewhere ? undefined : room().connector.email);
  });

  it('knows no id that is not declared', async () => {
    const { sharedId, alternates = [] } = room().connector;
    const { account } = await room().arrive('lin');
    expect([sharedId, ...alternates]).toEqual(expect.arrayContaining(Object.keys(account.alternates)));
  });
}
