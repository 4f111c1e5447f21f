import express, { type Request, Router } from 'express';
import { sendPage } from '../http/page.ts';
import { html } from '../kit/html.ts';
import { localeOf } from '../kit/locale.ts';
import { isPlain } from '../kit/plain-text.ts';
import { Problem } from '../kit/problem.ts';
import type { Signals } from './signals.ts';
import { texts } from './texts.ts';

/** `/connections/{alias}/signals`: the address to enter with the provider for what it tells unasked. */
export function signalRoutes(signals: Signals): Router {
  const router = Router({ caseSensitive: true, strict: true });
  // As text: a signature is over the bytes, which a parser would not give back.
  const asText = express.text({ type: () => true, limit: '256kb' });

  router.route('/connections/:alias/signals').all(asText, async (request, response) => {
    const { method } = request;
    if (method !== 'GET' && method !== 'POST')
      throw new Problem('method_not_allowed', { headers: { Allow: 'GET, POST' } });
    const answer = await signals.receive(String(request.params.alias), {
      method,
      query: new URLSearchParams(request.originalUrl.split('?').slice(1).join('?')),
      headers: headersOf(request),
      body: typeof request.body === 'string' ? request.body : '',
    });
    response.status(answer.status).set('Cache-Control', 'no-store');
    if (answer.json) response.json(answer.json);
    else response.type('text/plain').send(answer.text ?? '');
  });

  // Where a person looks up what became of a request to be forgotten.
  router.get('/connections/:alias/signals/:code', async (request, response) => {
    const code = String(request.params.code);
    const done = isPlain(code) ? await signals.done(String(request.params.alias), code) : undefined;
    if (done === undefined) throw new Problem('not_found');
    const locale = localeOf(request);
    const title = texts.title[locale];
    const body = html`<h1>${title}</h1><p>${(done ? texts.done : texts.underWay)[locale]}</p>`;
    sendPage(response, { title, locale, body });
  });
  return router;
}

function headersOf(request: Request): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    if (typeof value === 'string') headers.set(name, value);
  return headers;
}
