import express, { type RequestHandler, Router } from 'express';
import { keepVersion } from '../http/keep-version.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { Problem } from '../kit/problem.ts';
import type { Connections } from './connections.ts';
import type { Login } from './login.ts';

/**
 * `/connections/{alias}/callback`: each connection has its own path, so that one provider's answer is not
 * taken for another's.
 */
export function loginRoutes(login: Login, connections: Pick<Connections, 'findNow' | 'logoOf'>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  // The body is read as text: form parsers drop repeated and late parameters, which the callback must refuse.
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

  // Before its body is read. The cookie of the attempt does not come with a form of another site.
  const ofConnection: RequestHandler = async (request, _response, next) => {
    if (!(await connections.findNow(String(request.params.alias)))) throw new Problem('not_found');
    next();
  };

  router
    .route('/connections/:alias/callback')
    // Express answers HEAD with the handler of GET, and a HEAD request must not use up the attempt.
    .head(methodNotAllowed('GET, POST'))
    .get(finish)
    .post(ofConnection, form, finish)
    .all(methodNotAllowed('GET, POST'));

  // Its address changes with the connection, so that a copy may be kept.
  const logo: RequestHandler = async (request, response) => {
    const picture = await connections.logoOf(String(request.params.alias));
    if (!picture) throw new Problem('not_found');
    keepVersion(request, response, picture.version).type(picture.type).send(Buffer.from(picture.bytes));
  };
  router.route('/connections/:alias/logo').get(logo).all(methodNotAllowed('GET, HEAD'));

  return router;
}
