import { describe, expect, it } from 'vitest';
import { after, seconds } from '../../../src/kit/clock.ts';
import type { Conformance, Room } from '../conformance.ts';
import { failureOf } from '../failure-of.ts';
import { expectAsked } from './exchange.ts';

export function revocation(facts: NonNullable<Conformance['revocation']>, room: Room): void {
  const held = async () => {
    const { tokens, account } = await room().arrive('lin');
    const { expiresIn } = tokens;
    const accessExpiresAt =
      expiresIn === undefined ? undefined : after(room().clock.now(), seconds(expiresIn));
    return { ...tokens, accessExpiresAt, subject: account.subject };
  };

  describe('revocation', () => {
    if (facts === 'none') {
      it('reports that the provider does not support it', async () => {
        expect(await room().upstream.revoke(await held())).toBe('unsupported');
        expect(await room().grants('lin')).toBe(1);
      });
      return;
    }

    it('ends the grant at the provider', async () => {
      const grant = await held();
      expect(await room().grants('lin')).toBe(1);
      expect(await room().upstream.revoke(grant)).toBe('revoked');
      expect(await room().grants('lin')).toBe(0);
      const asked = (await room().log()).filter(({ kind }) => kind === 'revoke');
      expectAsked(asked[0], { ...facts, path: facts.path.replace('{subject}', grant.subject) });
    });

    it('ends the grant although its access token has expired, or reports that it cannot', async () => {
      const grant = await held();
      if (grant.expiresIn === undefined) return;
      room().clock.advance(seconds(grant.expiresIn + 60));
      if (grant.refreshToken || room().real.connector.revokesBy !== 'live-token') {
        expect(await room().upstream.revoke(grant)).toBe('revoked');
        expect(await room().grants('lin')).toBe(0);
      } else {
        // No token is left to revoke with, so the result must not say that the grant was revoked.
        const ranOut = { failure: { kind: 'grant-dead', reason: 'expired' } };
        await expect(room().upstream.revoke(grant)).rejects.toMatchObject(ranOut);
        expect(await room().grants('lin')).toBe(1);
      }
    });

    it('of a grant that has ended succeeds', async () => {
      const grant = await held();
      await room().control('POST', '/users/lin/revoke');
      expect(await room().upstream.revoke(grant)).toBe('revoked');
    });

    it.each([
      ['503', 'unavailable'],
      ['429', 'rate-limited'],
      ['timeout', 'unavailable'],
    ])('with the fault %s reports it, and the grant stays valid', async (fault, kind) => {
      const grant = await held();
      await room().fault('revoke', fault);
      const error = await failureOf(room().upstream.revoke(grant), room().minted());
      expect(error).toMatchObject({ step: 'revoke', failure: { kind } });
      expect(await room().grants('lin')).toBe(1);
    });
  });
}
