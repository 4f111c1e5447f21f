import type { KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import type { SecondIssuer } from '../ports.ts';
import { systemTime } from '../system-time.ts';

/**
 * Wraps refresh tokens at the second issuer's token endpoint. It runs outside the middleware of refresh-grace.ts, which
 * stores the unwrapped response.
 */
export function createWrappedRefreshTokens(second: SecondIssuer | undefined) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { route, entities, issuer } = ctx.oidc ?? {};
      const answer = tokenAnswer.safeParse(ctx.body).data;
      const refreshToken = entities?.RefreshToken ?? entities?.RotatedRefreshToken;
      if (!second || !refreshToken?.accountId || route !== 'token' || issuer !== second.issuer || !answer)
        return;
      const { accountId: userId, clientId = '', remainingTTL } = refreshToken;
      const issuedAt = Math.floor(systemTime().getTime() / 1000);
      const refreshMembers = second.refreshMembers(answer.refresh_token, {
        issuer,
        userId,
        clientId,
        issuedAt,
        expiresAt: issuedAt + remainingTTL,
      });
      ctx.body = { ...answer, ...refreshMembers };
    },
  };
}

const tokenAnswer = z.looseObject({ refresh_token: z.string() });

/**
 * Sets `iss` (RFC 9207) to the second issuer in the authorization responses for its apps. After our own pages, such a
 * request continues under the first issuer's address, and an app refuses an issuer it does not know.
 */
export function createSecondIssuerResponses(issuer: string, second: SecondIssuer | undefined) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      if (!second || ctx.oidc?.params?.[second.parameter] !== second.value) return;
      const { location } = ctx.response.headers;
      const parameter = (name: string) => new URLSearchParams({ iss: name }).toString();
      if (typeof location === 'string') {
        const corrected = location.replace(/(?<=[?&#])iss=[^&]*/, (found) =>
          found === parameter(issuer) ? parameter(second.issuer) : found,
        );
        ctx.set('location', corrected);
      }
      // The page of `response_mode=form_post`.
      if (typeof ctx.body === 'string')
        ctx.body = ctx.body.replace(`value="${issuer}"`, `value="${second.issuer}"`);
    },
  };
}
