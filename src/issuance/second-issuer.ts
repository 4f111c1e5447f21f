import type { KoaContextWithOIDC } from 'oidc-provider';

/**
 * A second name of this server, for apps that know it by another: at its endpoints, which lead to the same ones, what
 * is issued says that name. Accounts, sessions, apps and tokens are those of the first.
 */
export interface SecondIssuer {
  readonly issuer: string;
  /** Discovery metadata that differ from the first's: where its endpoints are. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The parameter by which an authorization request says that it came by this name, and its value. */
  readonly parameter: string;
  readonly value: string;
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
      const location = ctx.response.get('location');
      const pair = (name: string) => new URLSearchParams({ iss: name }).toString();
      if (location !== '') ctx.set('location', location.replace(pair(issuer), pair(second.issuer)));
      // `form_post`
      if (typeof ctx.body === 'string')
        ctx.body = ctx.body.replace(`value="${issuer}"`, `value="${second.issuer}"`);
    },
  };
}
