import type { KoaContextWithOIDC } from 'oidc-provider';
import { flowLanguageCookie, localeOfTags } from '../../kit/locale.ts';

/** Milliseconds: the lifetime of an interaction. */
const anHour = 3_600_000;

/**
 * Keeps the `ui_locales` of an authorization request in a cookie until the answer to the app, since the sign-in leads through
 * pages that do not know the request: the provider's callback, the account page and errors.
 */
export function createFlowLanguage(secure: boolean) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { route, params } = ctx.oidc ?? {};
      if (route !== 'authorization' && route !== 'resume') return;
      const goesOn =
        ctx.status === 303 &&
        /^(https?:\/\/[^/]+)?\/interaction\//.test(String(ctx.response.get('location')));
      if (goesOn && route === 'resume') return;
      const locale = goesOn ? localeOfTags(params?.ui_locales) : undefined;
      const hadOne = ctx.headers.cookie?.includes(`${flowLanguageCookie}=`) ?? false;
      if (locale === undefined && !hadOne) return;
      ctx.cookies.set(flowLanguageCookie, locale ?? null, {
        httpOnly: true,
        secure,
        sameSite: 'lax',
        path: '/',
        signed: false,
        maxAge: locale ? anHour : undefined,
      });
    },
  };
}
