import { type ErrorRequestHandler, type Request, Router } from 'express';
import { allowAnyOrigin } from '../../http/allow-any-origin.ts';
import { type PresentedToken, presentedToken } from '../../http/bearer.ts';
import { methodNotAllowed } from '../../http/method-not-allowed.ts';
import { Problem } from '../../kit/problem.ts';
import { type BrokerTokenV1Deps, brokerTokenV1, invalidV1, V1Refusal } from './broker-token-v1.ts';
import { brokerTokenForm } from './forms.ts';
import { formBody, type ProtocolRoutesDeps, postAs, protocolRoutes } from './protocol-routes.ts';

export type KeycloakRoutesDeps = BrokerTokenV1Deps & ProtocolRoutesDeps;

/**
 * Keycloak's endpoints at its paths: OpenID Connect under a realm, and broker tokens V1 and V2. This room
 * translates requests and answers; `retrieval` decides about tokens and `issuance` about sign-in.
 */
export function keycloakRoutes(deps: KeycloakRoutesDeps): Router {
  const { realm, issuance } = deps;
  const router = Router({ caseSensitive: true, strict: true });
  const base = `/realms/${realm}`;

  router
    .route(`${base}/broker/:alias/token`)
    .all(allowAnyOrigin('GET, POST'))
    .get(async (request, response) => {
      response.set('Cache-Control', 'no-store');
      const { login_hint: hint } = request.query;
      const loginHint = typeof hint === 'string' ? hint : undefined;
      const ask = { presented: presentedBy(request), alias: String(request.params.alias), loginHint };
      response.json(await brokerTokenV1(deps, ask));
    })
    .post(
      formBody,
      postAs(issuance.forwardSecond, '/oauth/token', (form, { params }) =>
        brokerTokenForm(form, String(params.alias)),
      ),
    )
    .options((_request, response) => void response.status(204).end())
    .all(methodNotAllowed('GET, HEAD, POST, OPTIONS'));

  router.use(base, protocolRoutes(deps));
  router.use(base, asKeycloakError);
  return router;
}

/** @throws V1Refusal: Keycloak answers a missing token like an invalid one. */
function presentedBy(request: Request): PresentedToken {
  try {
    return presentedToken(request);
  } catch (error) {
    throw error instanceof Problem ? invalidV1(error) : error;
  }
}

const asKeycloakError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!(error instanceof V1Refusal)) return next(error);
  response.set(error.headers).set('Cache-Control', 'no-store').status(error.status);
  response.json({ errorMessage: error.message, ...error.members });
};
