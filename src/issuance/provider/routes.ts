import express, { type Express, type IRoute, type RequestHandler } from 'express';
import { allowAnyOrigin } from '../../http/allow-any-origin.ts';
import { errorHandler } from '../../http/errors.ts';
import {
  answerOptions,
  answerOptionsUnlessPreflight,
  methodNotAllowed,
} from '../../http/method-not-allowed.ts';
import type { Logger } from '../../kit/log.ts';
import { Problem } from '../../kit/problem.ts';
import { formBody } from './form-body.ts';
import type { Forward, ForwardOptions } from './forward-request.ts';

export interface ProtocolRoutesDeps {
  readonly forward: Forward;
  readonly userinfo: RequestHandler;
  readonly log: Logger;
}

/** Mounts the protocol endpoints at their public paths. oidc-provider receives requests for these paths only. */
export function mountProtocol(app: Express, { forward, userinfo, log }: ProtocolRoutesDeps): void {
  const router = express.Router({ caseSensitive: true, strict: true });
  const json: RequestHandler = (request, response) => forward(request, response, { json: true });
  const page: RequestHandler = (request, response) => forward(request, response);

  for (const path of ['openid-configuration', 'oauth-authorization-server', 'jwks.json']) {
    const route = router.route(`/.well-known/${path}`);
    const allowed = 'GET, HEAD, OPTIONS';
    route.get(json).options(answerOptionsUnlessPreflight(allowed), json).all(methodNotAllowed(allowed));
  }

  router
    .route('/authorize')
    .get(allowFormScript, page)
    .post(form, redirectAsGet)
    .all(methodNotAllowed('GET, HEAD, POST'));
  router.route('/authorize/:uid').get(allowFormScript, page).all(methodNotAllowed('GET, HEAD'));
  router
    .route('/oidc/logout')
    .get(allowFormScript, page)
    .post(form, redirectAsGet)
    .all(methodNotAllowed('GET, HEAD, POST'));
  router.route('/oidc/logout/confirm').post(page).all(methodNotAllowed('POST'));
  router.route('/oidc/logout/success').get(page).all(methodNotAllowed('GET, HEAD'));

  const posted = (path: string, at: Pick<ForwardOptions, 'target'> = {}) => {
    const allowed = 'POST, OPTIONS';
    const preflight: RequestHandler = (request, response) =>
      forward(request, response, { ...at, json: true });
    const forwardForm: RequestHandler = (request, response) => {
      const body: unknown = request.body;
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      return forward(request, response, { ...at, json: true, body: formBody(request, bytes) });
    };
    router
      .route(path)
      .post(raw, forwardForm)
      .options(answerOptionsUnlessPreflight(allowed), preflight)
      .all(methodNotAllowed(allowed));
  };
  for (const name of ['token', 'revoke', 'introspect', 'par', 'device', 'backchannel'])
    posted(`/oauth/${name}`);
  // Auth0 documents its device authorization endpoint at this path.
  posted('/oauth/device/code', { target: '/oauth/device' });

  addUserinfo(router.route(userinfoPath), userinfo);
  router.use(
    ['/oauth', '/userinfo', '/.well-known'],
    errorHandler(log, () => 'oauth'),
  );
  router.use(
    ['/authorize', '/oidc'],
    errorHandler(log, () => 'page'),
  );
  app.use(router);
}

const userinfoPath: string = '/userinfo';

const allowedAtUserinfo = 'GET, HEAD, POST, OPTIONS';

/** Adds the userinfo endpoint to a route: ours, or one of a dialect. */
export function addUserinfo(route: IRoute, userinfo: RequestHandler): void {
  route
    .all(allowAnyOrigin('GET, POST'))
    .get(userinfo)
    .post(bearerForm, userinfo)
    .options(answerOptions(allowedAtUserinfo))
    .all(methodNotAllowed(allowedAtUserinfo));
}

const raw = express.raw({ type: () => true, limit: '64kb', inflate: false });
const form = express.text({ type: 'application/x-www-form-urlencoded', limit: '8kb', inflate: false });

const bearerForm = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 10 });

/** Redirects a POST to the same request as GET: browsers send Lax cookies with a cross-site GET, but not with a POST. */
const redirectAsGet: RequestHandler = (request, response) => {
  if (typeof request.body !== 'string') throw new Problem('unsupported_media_type');
  response
    .set('Cache-Control', 'no-store')
    .redirect(303, `${request.path}?${request.body.replace(/[^\x21-\x7e]/g, '')}`);
};

/** The page of `response_mode=form_post` submits itself. oidc-provider adds its script's hash to this directive. */
const allowFormScript: RequestHandler = (_request, response, next) => {
  const policy = response.getHeader('Content-Security-Policy');
  response.setHeader('Content-Security-Policy', `${String(policy)};script-src 'self'`);
  next();
};
