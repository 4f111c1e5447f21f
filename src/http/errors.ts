import type { ErrorRequestHandler, Request, Response } from 'express';
import { databaseRetryAfter, isDatabaseUnavailable } from '../kit/database/database-errors.ts';
import { type Html, html } from '../kit/html.ts';
import { type Locale, localeOf, type Text } from '../kit/locale.ts';
import type { Logger } from '../kit/log.ts';
import { Problem, retryAfter } from '../kit/problem.ts';
import { currentAddress, currentRequestId } from '../kit/request-context.ts';
import { loggedPath } from './logged-path.ts';
import { type Page, sendPage } from './page.ts';

/** The form of an error response: RFC 9457, RFC 6749 section 5.2, or a page. */
export type ErrorDialect = 'problem' | 'oauth' | 'page';

/** Maps all errors to responses. It is mounted last. `dialectOf` chooses the form by the request. */
export function errorHandler(
  log: Logger,
  dialectOf: (request: Request) => ErrorDialect,
): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = asProblem(error);
    const logFields = {
      err: error,
      code: problem.code,
      status: problem.status,
      method: request.method,
      path: loggedPath(request.path),
      requestId: currentRequestId(),
      address: currentAddress(),
    };
    if (problem.status >= 500) log.error(logFields, 'request failed');
    else log.debug(logFields, 'request refused');
    if (response.headersSent) return next(error);
    response.set(problem.headers).set('Cache-Control', 'no-store').status(problem.status);
    senders[dialectOf(request)](problem, request, response);
  };
}

const senders: Record<ErrorDialect, (problem: Problem, request: Request, response: Response) => void> = {
  problem(problem, _request, response) {
    response.type('application/problem+json').send(
      JSON.stringify({
        type: `urn:symbolon:problem:${problem.code}`,
        title: titleOf(problem.code),
        status: problem.status,
        code: problem.code,
        detail: problem.message,
        request_id: currentRequestId(),
        ...problem.members,
      }),
    );
  },
  oauth(problem, _request, response) {
    const fallback = problem.status >= 500 ? 'server_error' : 'invalid_request';
    const error = oauthCodes.get(problem.code) ?? fallback;
    response.json({ error, error_description: problem.message });
  },
  page(problem, request, response) {
    sendPage(response, problemPage(problem, localeOf(request)), problem.status);
  },
};

/** Returns the page for a failed request. */
export function problemPage(problem: Problem, locale: Locale): Page {
  const retry = problem.members.retry_url;
  const retryLink =
    typeof retry === 'string' &&
    html`<p><a class="button" href="${retry}">${pageTexts.again[locale]}</a></p>`;
  const title = (problem.code === 'not_found' ? pageTexts.notFound : pageTexts.title)[locale];
  const body = html`<h1>${title}</h1>
<p>${problem.sentence[locale]}</p>
${retryLink}<p><a class="button plain" href="/account">${pageTexts.home[locale]}</a></p>
<p class="quiet">${reference(problem.code, locale)}</p>`;
  return { title, locale, body };
}

/** Returns what a person may quote to the operator: the code and the id of the request. */
export function reference(code: string, locale: Locale): Html {
  const id = currentRequestId();
  return locale === 'zh'
    ? html`错误代码：<code>${code}</code> · 请求编号：<code>${id}</code>`
    : html`Reference <code>${code}</code> · <code>${id}</code>`;
}

/** The OAuth errors by problem code. `temporarily_unavailable` is from RFC 6749 section 4.1.2.1. */
const oauthCodes = new Map([
  ['invalid_client', 'invalid_client'],
  ['invalid_grant', 'invalid_grant'],
  ['invalid_token', 'invalid_token'],
  ['invalid_dpop_proof', 'invalid_dpop_proof'],
  ['use_dpop_nonce', 'use_dpop_nonce'],
  ['insufficient_scope', 'insufficient_scope'],
  ['unavailable', 'temporarily_unavailable'],
]);

const pageTexts = {
  title: { en: 'That did not work', zh: '操作未完成' },
  notFound: { en: 'Page not found', zh: '页面不存在' },
  again: { en: 'Try again', zh: '重试' },
  home: { en: 'Go to my account', zh: '前往我的账号' },
} satisfies Record<string, Text>;

function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Returns a Problem as it is, an error of a body parser with its status class, and any other error as server_error. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 413) return new Problem('payload_too_large', { cause: error });
  if (status === 415) return new Problem('unsupported_media_type', { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Problem('invalid_request', { cause: error });
  if (isDatabaseUnavailable(error))
    return new Problem('unavailable', { cause: error, headers: retryAfter(databaseRetryAfter) });
  return new Problem('server_error', { cause: error });
}
