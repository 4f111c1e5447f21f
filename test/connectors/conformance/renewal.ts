import { describe, expect, it } from 'vitest';
import type { TokenSet } from '../../../src/connectors/contract/upstream-sign-in.ts';
import { days, hours, seconds } from '../../../src/kit/clock.ts';
import type { Conformance, Room } from '../conformance.ts';
import { failureOf } from '../failure-of.ts';
import { expectAsked } from './exchange.ts';

const troubles = ['500', '503', '429', 'timeout', 'reset', 'html', 'huge', 'truncated', 'empty'];

export function renewal(facts: NonNullable<Conformance['renewal']>, room: Room): void {
  const refreshes = async () => (await room().log()).filter(({ kind }) => kind === 'refresh');
  const renew = (tokens: TokenSet) => room().upstream.refresh(tokens);

  describe('renewal', () => {
    if (facts.how === 'none') {
      it('is not attempted without a refresh token', async () => {
        const { tokens } = await room().arrive('lin');
        expect(tokens.refreshToken).toBeUndefined();
        const error = await failureOf(renew(tokens), room().minted());
        expect(error.failure).toEqual({ kind: 'grant-dead', reason: 'not_refreshable' });
        expect(await refreshes()).toHaveLength(0);
      });
      return;
    }

    it('sends the documented request, and returns a valid token', async () => {
      const { tokens } = await room().arrive('lin');
      room().clock.advance(facts.how === 'refresh_token' ? (facts.after ?? hours(3)) : days(30));
      const next = await renew(tokens);
      expectAsked((await refreshes()).at(-1), facts.asked);
      expect(next.accessToken.reveal()).not.toBe(tokens.accessToken.reveal());
      if (facts.how === 'refresh_token' && facts.endless) expect(next.expiresIn).toBeUndefined();
      else expect(next.expiresIn).toBeGreaterThan(1500);
      if (facts.how === 'refresh_token')
        expect(next.refreshToken !== undefined).toBe(facts.keepsRefreshToken);
    });

    if (facts.how === 'refresh_token') {
      it('leaves the old refresh token as declared', async () => {
        const { tokens } = await room().arrive('lin');
        const { rotation } = room().connector.refresh;
        const next = await renew(tokens);
        const replaced = next.refreshToken && !tokens.refreshToken?.equals(next.refreshToken.reveal());
        if (rotation === 'static') expect(replaced).toBeFalsy();
        if (!replaced || rotation === 'overlapping') await renew(tokens);
        else {
          const error = await failureOf(renew(tokens), room().minted());
          expect(error).toMatchObject({ step: 'refresh', failure: { kind: 'grant-dead' } });
        }
      });

      it('does not move an expiry that is declared as fixed', async () => {
        const { absoluteCap } = room().connector.refresh;
        if (absoluteCap === undefined) return;
        const held = { ...(await room().arrive('lin')).tokens };
        for (const _month of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
          room().clock.advance(seconds((absoluteCap - 86_400) / 10));
          held.refreshToken = (await renew(held)).refreshToken ?? held.refreshToken;
        }
        room().clock.advance(days(2));
        const error = await failureOf(renew(held), room().minted());
        expect(error).toMatchObject({ step: 'refresh', failure: { kind: 'grant-dead' } });
      });

      it('in the declared interval keeps an idle grant alive', async () => {
        const { keepAlive } = room().connector.refresh;
        if (keepAlive === undefined) return;
        const { tokens } = await room().arrive('lin');
        const held = { ...tokens };
        for (const _time of [1, 2, 3]) {
          room().clock.advance(seconds(keepAlive));
          held.refreshToken = (await renew(held)).refreshToken ?? held.refreshToken;
        }
        expect(held.refreshToken).toBeDefined();
      });
    }

    it('of a revoked grant reports its end', async () => {
      const { tokens } = await room().arrive('lin');
      await room().control('POST', '/users/lin/revoke');
      const error = await failureOf(renew(tokens), room().minted());
      expect(error).toMatchObject({ step: 'refresh', failure: { kind: 'grant-dead' } });
    });

    it.each(troubles)('with the fault %s ends no grant', async (fault) => {
      const { tokens } = await room().arrive('lin');
      await room().fault('refresh', fault);
      const error = await failureOf(renew(tokens), room().minted());
      expect(error.step).toBe('refresh');
      expect(['unavailable', 'rate-limited', 'unknown']).toContain(error.failure.kind);
    });

    it.each([
      'expires_in_zero',
      'expires_in_negative',
      'expires_in_text',
      'expires_in_decade',
      'expires_in_absent',
    ])('with %s returns a valid lifetime or none', async (fault) => {
      const { tokens } = await room().arrive('lin');
      // Some providers exchange no token in its first day.
      if (facts.how === 'exchange-live-token') room().clock.advance(days(30));
      await room().fault('refresh', fault);
      const { expiresIn } = await renew(tokens);
      if (expiresIn !== undefined) expect(expiresIn).toBeGreaterThan(0);
    });
  });
}
