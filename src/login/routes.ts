import express, { type Request, type Response, Router } from 'express';
import { Problem } from '../kit/problem.ts';
import { parseCallback } from './callback-input.ts';
import type { Login } from './login.ts';

/** `/connections/{alias}/callback`: a path for each connection, so that no answer is taken for another's. */
export function loginRoutes(login: Login): Router {
  const router = Router({ caseSensitive: true, strict: true });

  const finish =
    (parametersOf: (request: Request) => unknown) => async (request: Request, response: Response) => {
      const alias = String(request.params.alias);
      const url = await login.finish(request, response, {
        alias,
        input: parseCallback(parametersOf(request)),
      });
      response.set('Cache-Control', 'no-store').redirect(303, url);
    };

  router
    .route('/connections/:alias/callback')
    // Express answers HEAD by GET's handler, and a look must not spend the attempt.
    .head((_request, response) => {
      response.set('Allow', 'GET, POST').sendStatus(405);
    })
    .get(finish((request) => request.query))
    .post(
      express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 50 }),
      finish((request) => request.body),
    )
    .all(() => {
      throw new Problem('method_not_allowed', { headers: { Allow: 'GET, POST' } });
    });

  return router;
}
