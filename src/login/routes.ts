import express, { type RequestHandler, Router } from 'express';
import { Problem } from '../kit/problem.ts';
import type { Login } from './login.ts';

/** `/connections/{alias}/callback`: a path for each connection, so that no answer is taken for another's. */
export function loginRoutes(login: Login): Router {
  const router = Router({ caseSensitive: true, strict: true });
  // Read as text: the form parsers lose what comes twice, or too late.
  const form = express.text({ type: 'application/x-www-form-urlencoded', limit: '64kb' });

  const finish: RequestHandler = async (request, response) => {
    const query = request.originalUrl.split('?').slice(1).join('?');
    const body: unknown = request.body;
    const parameters = new URLSearchParams([
      ...new URLSearchParams(query),
      ...new URLSearchParams(typeof body === 'string' ? body : ''),
    ]);
    const alias = String(request.params.alias);
    const posted = request.method === 'POST';
    const url = await login.finish(request, response, { alias, parameters, posted });
    response.set('Cache-Control', 'no-store').redirect(303, url);
  };

  router
    .route('/connections/:alias/callback')
    // Express answers HEAD by GET's handler, and a look must not spend the attempt.
    .head((_request, response) => {
      response.set('Allow', 'GET, POST').sendStatus(405);
    })
    .get(finish)
    .post(form, finish)
    .all(() => {
      throw new Problem('method_not_allowed', { headers: { Allow: 'GET, POST' } });
    });

  return router;
}
