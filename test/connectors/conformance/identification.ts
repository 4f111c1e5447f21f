import { describe, expect, it } from 'vitest';
import type { Conformance, Room } from '../conformance.ts';
import { failureOf } from '../failure-of.ts';
import { finish } from '../provider-world.ts';
import { expectAsked } from './exchange.ts';

/** These tests are for providers that identify a person and issue no token. */
export function identification({ exchange, account }: Conformance, room: Room): void {
  describe('the identification', () => {
    it('sends the documented request, and returns the account and no token', async () => {
      const run = await room().approved('lin');
      const arrived = await room().upstream.signIn(run);
      const log = await room().log();
      expectAsked(
        log.find(({ kind }) => kind === 'token'),
        exchange,
      );
      expect(arrived).toEqual({ tokens: undefined, account });
      const printed = JSON.stringify([arrived, room().registration]);
      expect(
        room()
          .minted()
          .filter((secret) => printed.includes(secret)),
      ).toEqual([]);
    });

    it('of a hostile profile returns harmless text and no verified address', async () => {
      const { account: mallory } = await room().arrive('mallory');
      expect(mallory.subject).toMatch(/^[\w{}:.|=-]+$/);
      expect(mallory.emailVerified).toBe(false);
    });

    it('by a used or an unknown code reports so', async () => {
      const run = await room().approved('lin');
      await finish(room().upstream, run);
      for (const code of [run.code, 'made-up']) {
        const again = await failureOf(finish(room().upstream, { ...run, code }), room().minted());
        expect(again).toMatchObject({ step: 'exchange', failure: { kind: 'code-spent' } });
      }
    });
  });
}
