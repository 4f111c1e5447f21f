import express, { type RequestHandler, type Router } from 'express';
import { sameOriginWrites } from '../../http/csrf.ts';
import { errorHandler } from '../../http/errors.ts';
import { methodNotAllowed } from '../../http/method-not-allowed.ts';
import type { Logger } from '../../kit/log.ts';
import { Problem } from '../../kit/problem.ts';
import type { DeviceGuesses } from './device-guesses.ts';
import type { Forward } from './forward-request.ts';

export interface DeviceRoutesDeps {
  readonly issuer: string;
  readonly forward: Forward;
  readonly guesses: DeviceGuesses;
  readonly log: Logger;
}

/** Returns the routes of the page on which people enter the code of a device. */
export function deviceRoutes({ issuer, forward, guesses, log }: DeviceRoutesDeps): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  // oidc-provider would send the code of a link on by a script. People compare it with their device first.
  const show: RequestHandler = (request, response) => {
    const { user_code: code } = request.query;
    guesses.prefill(request, typeof code === 'string' ? code.slice(0, 40) : '');
    return forward(request, response, { target: '/device' });
  };
  const enter: RequestHandler = (request, response) => {
    if (typeof request.body !== 'string') throw new Problem('unsupported_media_type');
    guesses.refuseAbove(request);
    response.once('close', () => guesses.answered(request));
    const form = new URLSearchParams(request.body);
    // Keyboards for Chinese type full-width letters, and people type what stands between the letters.
    if (form.has('user_code')) form.set('user_code', plain(form.get('user_code') ?? ''));
    return forward(request, response, { body: Buffer.from(form.toString()), limited: false });
  };
  const body = express.text({ type: 'application/x-www-form-urlencoded', limit: '4kb', inflate: false });
  router
    .route('/device')
    .get(show)
    .post(sameOriginWrites(issuer), body, enter)
    .all(methodNotAllowed('GET, HEAD, POST'));
  router
    .route('/device/:uid')
    .get((request, response) => forward(request, response))
    .all(methodNotAllowed('GET, HEAD'));
  router.use(
    '/device',
    errorHandler(log, () => 'page'),
  );
  return router;
}

const plain = (code: string) => code.normalize('NFKC').replace(/[^A-Za-z0-9]/g, '');
