import { describe, expect, it } from 'vitest';
import { seconds } from '../../../src/kit/clock.ts';
import type { Conformance, Room } from '../conformance.ts';
import { failureOf } from '../failure-of.ts';
import { expectAsked } from './exchange.ts';

export function revocation(facts: NonNullable<Conformance['revocation']>, room: Room): void {
  const held = async () => {
    const { tokens, account } = await room().arrive('lin');
    return { ...tokens, subject: account.subject };
  };

  describe('revocation', () => {
    if (facts === 'none') {
      it('says that the provider has no way', async () => {
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

    it('ends the grant although its access token has run out', async () => {
      const grant = await held();
      // Without a refresh token there is nothing left to end it with.
      if (grant.expiresIn === undefined || grant.refreshToken === undefined) return;
      room().clock.advance(seconds(grant.expiresIn + 60));
      expect(await room().upstream.revoke(grant)).toBe('revoked');
      expect(await room().grants('lin')).toBe(0);
    });

    it('of what is gone already is done', async () => {
      const grant = await held();
      await room().control('POST', '/users/lin/revoke');
      expect(await room().upstream.revoke(grant)).toBe('revoked');
    });

    it.each([
      ['503', 'unavailable'],
      ['429', 'rate-limited'],
      ['timeout', 'unavailable'],
    ])('troubled by %s says so, and the grant lives', async (fault, kind) => {
      const grant = await held();
      await room().fault('revoke', fault);
      const error = await failureOf(room().upstream.revoke(grant), room().minted());
      expect(error).toMatchObject({ step: 'revoke', failure: { kind } });
      expect(await room().grants('lin')).toBe(1);
    });
  });
}
