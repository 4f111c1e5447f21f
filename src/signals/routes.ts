import express, { type Request, type RequestHandler, Router } from 'express';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { sendPage } from '../http/page.ts';
import { html } from '../kit/html.ts';
import { localeOf, type Text } from '../kit/locale.ts';
import { isPlain } from '../kit/plain-text.ts';
import { Problem } from '../kit/problem.ts';
import type { Signals } from './signals.ts';

/** The messages of one connection that are received at once. Providers repeat one that gets 503. */
const mostOpen = 64;

/**
 * Returns the routes under `/connections/{alias}/signals`, the URL that an admin registers with the provider. A signal is a
 * message that a provider sends unasked: a grant was revoked, an account deleted, a person signed out. Providers send it by POST, a few by
 * GET; some check the URL first by a GET that expects an answer.
 */
export function signalRoutes(signals: Signals): Router {
  const router = Router({ caseSensitive: true, strict: true });
  // The body is read as text, because a signature covers its bytes.
  const asText = express.text({ type: () => true, limit: '256kb' });

  const receive: RequestHandler = async (request, response) => {
    const answer = await signals.receive(String(request.params.alias), {
      method: request.method === 'POST' ? 'POST' : 'GET',
      query: new URLSearchParams(request.originalUrl.split('?').slice(1).join('?')),
      headers: headersOf(request),
      body: typeof request.body === 'string' ? request.body : '',
    });
    response.status(answer.status).set('Cache-Control', 'no-store');
    if (answer.json) response.json(answer.json);
    else response.type('text/plain').send(answer.text ?? '');
  };
  // A stranger's body is not read, and a known connection's are read a few at a time.
  const open = new Map<string, number>();
  const admit: RequestHandler = async (request, response, next) => {
    const alias = String(request.params.alias);
    await signals.requireReceiver(alias, request.method === 'POST' ? 'POST' : 'GET');
    const count = open.get(alias) ?? 0;
    if (count >= mostOpen) throw new Problem('unavailable', { headers: { 'Retry-After': '2' } });
    open.set(alias, count + 1);
    response.once('close', () => {
      const left = (open.get(alias) ?? 1) - 1;
      if (left > 0) open.set(alias, left);
      else open.delete(alias);
    });
    next();
  };
  const refuse = methodNotAllowed('GET, POST');
  // Express answers HEAD with the handler of GET, and a HEAD request must not count as a signal.
  const route = router.route('/connections/:alias/signals').head(refuse);
  route.get(admit, asText, receive).post(admit, asText, receive).all(refuse);

  // `code` is the confirmation code that the provider passes on to the person.
  // The page on which a person looks up the state of their deletion request.
  const show: RequestHandler = async (request, response) => {
    const code = String(request.params.code);
    const done = isPlain(code) ? await signals.done(String(request.params.alias), code) : undefined;
    if (done === undefined) throw new Problem('not_found');
    const locale = localeOf(request);
    const title = texts.title[locale];
    const body = html`<h1>${title}</h1><p>${(done ? texts.done : texts.underWay)[locale]}</p>`;
    sendPage(response, { title, locale, body });
  };
  router.route('/connections/:alias/signals/:code').get(show).all(methodNotAllowed('GET, HEAD'));
  return router;
}

function headersOf(request: Request): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    if (typeof value === 'string') headers.set(name, value);
  return headers;
}

const texts = {
  title: { en: 'Deletion of your data', zh: '数据删除' },
  done: {
    en: 'What we had stored of your account at the provider has been deleted.',
    zh: '我们保存的与该账号有关的数据已删除。',
  },
  underWay: {
    en: 'Your request has arrived and is being carried out.',
    zh: '您的请求已收到，正在处理。',
  },
} satisfies Record<string, Text>;
