import type { KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import { oidcTime } from '../oidc-time.ts';
import type { SecondIssuer } from '../ports.ts';
import { traitsOf } from '../registry/client-metadata.ts';

/** At its token endpoint; outside of what keeps answers to give them again. */
export function createDressedRefreshTokens(second: SecondIssuer | undefined) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { route, entities, issuer } = ctx.oidc ?? {};
      const answer = tokenAnswer.safeParse(ctx.body).data;
      const about = entities?.RefreshToken ?? entities?.RotatedRefreshToken;
      if (!second || !about?.accountId || route !== 'token' || issuer !== second.issuer || !answer) return;
      const { accountId: userId, clientId = '', remainingTTL } = about;
      const issuedAt = Math.floor(oidcTime().getTime() / 1000);
      const refresh_token = second.wrapRefreshToken(answer.refresh_token, {
        issuer,
        userId,
        clientId,
        issuedAt,
        expiresAt: issuedAt + remainingTTL,
      });
      ctx.body = { ...answer, refresh_token };
    },
  };
}

const tokenAnswer = z.looseObject({ refresh_token: z.string() });

/**
 * A browser app that came by the second name may have its answer in the fragment, as the clients made for it ask by
 * default: a code is no less safe there, and PKCE guards it as anywhere.
 */
export function asksForFragment(
  { params, client }: KoaContextWithOIDC['oidc'],
  second: SecondIssuer | undefined,
): boolean {
  if (!second || !params || !client || params[second.parameter] !== second.value) return false;
  return params.response_mode === 'fragment' && traitsOf(client).type === 'spa';
}

/**
 * An authorization that passes by our own pages is finished at the first name's address. Its answer must name the
 * issuer the app knows (RFC 9207), or the app takes it for a mix-up.
 */
export function createSecondIssuerAnswers(issuer: string, second: SecondIssuer | undefined) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      if (!second || ctx.oidc?.params?.[second.parameter] !== second.value) return;
      const { location } = ctx.response.headers;
      const written = (name: string) => new URLSearchParams({ iss: name }).toString();
      if (typeof location === 'string') {
        const named = location.replace(/(?<=[?&#])iss=[^&]*/, (own) =>
          own === written(issuer) ? written(second.issuer) : own,
        );
        ctx.set('location', named);
      }
      // `form_post`
      if (typeof ctx.body === 'string')
        ctx.body = ctx.body.replace(`value="${issuer}"`, `value="${second.issuer}"`);
    },
  };
}
