import type { KoaContextWithOIDC } from 'oidc-provider';
import { displayText } from '../../http/display-text.ts';
import { problemPage, reference } from '../../http/errors.ts';
import { renderPage } from '../../http/page.ts';
import { databaseRetryAfter, isDatabaseUnavailable } from '../../kit/database/database-errors.ts';
import { type Html, html } from '../../kit/html.ts';
import { type Locale, localeOf, type Text } from '../../kit/locale.ts';
import { Problem, retryAfter } from '../../kit/problem.ts';
import { errorInChinese } from './error-words.ts';
import { texts } from './texts.ts';

interface OAuthError {
  readonly error: string;
  readonly error_description?: string | undefined;
}

/** Renders an error that cannot be sent to the app by a redirect. */
export function renderError(ctx: KoaContextWithOIDC, out: OAuthError, error?: unknown) {
  if (isDatabaseUnavailable(error)) return renderFailure(ctx, error);
  send(
    ctx,
    texts.failed,
    (locale) => html`${said(out, locale)}
<p>${texts.failedHint[locale]}</p>
<p class="quiet">${reference(out.error, locale)}</p>`,
  );
}

/** oidc-provider describes errors in English. A Chinese page says the error in Chinese first. */
function said({ error, error_description }: OAuthError, locale: Locale): Html {
  const english = displayText(error_description, 300);
  if (locale === 'en') return html`<p class="notice" lang="en">${english}</p>`;
  return html`<p class="notice">${errorInChinese(error)}</p>
${english && html`<p class="quiet" lang="en">${english}</p>`}`;
}

/** Renders a failure of ours (500, or 503 while the database is unavailable) like every other page of the broker. */
export function renderFailure(ctx: KoaContextWithOIDC, cause: unknown): void {
  const isTemporary = isDatabaseUnavailable(cause);
  const problem = new Problem(isTemporary ? 'unavailable' : 'server_error', { cause });
  ctx.status = problem.status;
  if (isTemporary) ctx.set(retryAfter(databaseRetryAfter));
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = renderPage(problemPage(problem, localeOf(ctx)), ctx.request);
}

/** Sends the same failure as JSON. */
export function sendJsonFailure(ctx: KoaContextWithOIDC, error: unknown): void {
  const isTemporary = isDatabaseUnavailable(error);
  ctx.status = isTemporary ? 503 : 500;
  if (isTemporary) ctx.set(retryAfter(databaseRetryAfter));
  ctx.body = isTemporary
    ? { error: 'temporarily_unavailable', error_description: 'try again in a moment' }
    : { error: 'server_error', error_description: 'something went wrong on our side' };
}

/** Asks for confirmation, because any page can make a browser open the logout address. */
export function renderLogoutConfirmation(ctx: KoaContextWithOIDC): void {
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

export function renderSignedOut(ctx: KoaContextWithOIDC): void {
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
  ctx.body = renderPage(
    {
      title: title[locale],
      locale,
      body: html`<h1>${title[locale]}</h1>
${content(locale)}`,
    },
    ctx.request,
  );
}
