import type { KoaContextWithOIDC } from 'oidc-provider';
import { problemPage } from '../../http/errors.ts';
import { renderPage } from '../../http/page.ts';
import { displayText } from '../../http/untrusted.ts';
import { databasePause, isDatabaseTrouble } from '../../kit/database/database-trouble.ts';
import { type Html, html } from '../../kit/html.ts';
import { type Locale, localeOf, type Text } from '../../kit/locale.ts';
import { Problem, retryAfter } from '../../kit/problem.ts';
import { currentRequestId } from '../../kit/request-context.ts';
import { texts } from './texts.ts';

/** A request that cannot be answered by a redirect. */
export function renderError(
  ctx: KoaContextWithOIDC,
  out: { error: string; error_description?: string | undefined },
  error?: unknown,
) {
  if (isDatabaseTrouble(error)) return renderFailure(ctx, error);
  send(
    ctx,
    texts.failed,
    (locale) => html`<p class="notice" lang="en">${displayText(out.error_description, 300)}</p>
<p>${texts.failedHint[locale]}</p>
<p class="quiet"><code>${out.error}</code> · <code>${currentRequestId()}</code></p>`,
  );
}

/** A failure of ours in our own words, as on every other page. */
export function renderFailure(ctx: KoaContextWithOIDC, cause: unknown): void {
  const passing = isDatabaseTrouble(cause);
  const problem = new Problem(passing ? 'unavailable' : 'server_error', { cause });
  ctx.status = problem.status;
  if (passing) ctx.set(retryAfter(databasePause));
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = renderPage(problemPage(problem, localeOf(ctx)));
}

/** Asks before it ends a session, since any page can make a browser fetch the address. */
export function logoutSource(ctx: KoaContextWithOIDC): void {
  const secret = ctx.oidc.session?.state?.secret;
  send(
    ctx,
    texts.signOut,
    (locale) => html`<p>${texts.signOutAll[locale]}</p>
<form class="stack" method="post" action="/oidc/logout/confirm">
<input type="hidden" name="xsrf" value="${String(secret)}">
<button name="logout" value="yes">${texts.yes[locale]}</button>
<a class="button plain" href="/account">${texts.stay[locale]}</a>
</form>`,
  );
}

export function postLogoutSuccessSource(ctx: KoaContextWithOIDC): void {
  send(
    ctx,
    texts.signedOut,
    (locale) => html`<p>${texts.mayClose[locale]}</p>
<p><a class="button plain" href="/account">${texts.account[locale]}</a></p>`,
  );
}

function send(ctx: KoaContextWithOIDC, title: Text, content: (locale: Locale) => Html): void {
  const locale = localeOf(ctx);
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = renderPage({
    title: title[locale],
    locale,
    body: html`<h1>${title[locale]}</h1>
${content(locale)}`,
  });
}
