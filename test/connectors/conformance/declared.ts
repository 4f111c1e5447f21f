import { expect, it } from 'vitest';
import type { Conformance, Room } from '../conformance.ts';

/** Compares the connector's declarations with its behaviour. */
export function declared({ addressElsewhere }: Pick<Conformance, 'addressElsewhere'>, room: Room): void {
  // Lin's address is verified at every provider with such a flag; the test is whether the connector reads it.
  it('states of the e-mail address what is declared', async () => {
    const { email, emailVerified } = (await room().arrive('lin')).account;
    const told = email === undefined ? undefined : emailVerified ? 'vouched' : 'unverified';
    expect(told).toBe(addressElsewhere ? undefined : room().connector.email);
  });

  it('states no id that is not declared', async () => {
    const { sharedId, alternates = [] } = room().connector;
    const { account } = await room().arrive('lin');
    expect([sharedId, ...alternates]).toEqual(expect.arrayContaining(Object.keys(account.alternates)));
  });
}
