import express, { type Request, Router } from 'express';
import { allowAnyOrigin } from '../../http/allow-any-origin.ts';
import { clientAddress, keptAddress } from '../../http/client-address.ts';
import { errorHandler } from '../../http/errors.ts';
import { answerOptions, methodNotAllowed } from '../../http/method-not-allowed.ts';
import type { Logger } from '../../kit/log.ts';
import { Problem } from '../../kit/problem.ts';
import { DescriptionFault } from '../admission/client-description.ts';
import type { RegisterApp } from '../admission/dynamic-registration.ts';
import { TooManyNewApps } from '../admission/first-reads.ts';

export interface RegistrationRoutesDeps {
  readonly register: RegisterApp;
  readonly log: Logger;
}

/** Returns the route at which apps register themselves (RFC 7591). It is closed unless an operator opens it. */
export function registrationRoutes({ register, log }: RegistrationRoutesDeps): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const json = express.json({ type: () => true, limit: '8kb', inflate: false });
  const allowed = 'POST, OPTIONS';
  router
    .route('/oauth/register')
    .all(allowAnyOrigin('POST', { send: ['MCP-Protocol-Version'] }))
    .post(json, async (request: Request, response) => {
      response.set('Cache-Control', 'no-store');
      const address = keptAddress(clientAddress(request), 'prefix');
      try {
        response.status(201).json(await register(request.body, address));
      } catch (error) {
        if (error instanceof TooManyNewApps)
          throw new Problem('too_many_requests', { headers: { 'Retry-After': '60' } });
        if (!(error instanceof DescriptionFault)) throw error;
        const code = error.message.includes('redirect_uri')
          ? 'invalid_redirect_uri'
          : 'invalid_client_metadata';
        response.status(400).json({ error: code, error_description: error.message });
      }
    })
    .options(answerOptions(allowed))
    .all(methodNotAllowed(allowed));
  router.use(
    '/oauth/register',
    errorHandler(log, () => 'oauth'),
  );
  return router;
}
