import express, { type Request, type RequestHandler, Router } from 'express';
import { methodNotAllowed } from '../../http/method-not-allowed.ts';
import type { Issuance } from '../../issuance/issuance.ts';
import { addUserinfo } from '../../issuance/provider/routes.ts';
import { Problem } from '../../kit/problem.ts';
import { authorizationForm, plainForm, tokenForm } from './forms.ts';
import { protocolPath, realmEndpoints } from './realm.ts';
import { thirdPartyCookies } from './third-party-cookies-routes.ts';

export interface ProtocolRoutesDeps {
  readonly realm: string;
  readonly issuance: Pick<Issuance, 'forwardSecond' | 'userinfo'>;
}

/**
 * OpenID Connect under the realm's paths: the same endpoints with the realm's issuer. Of each endpoint, `theirs` is the
 * path at Keycloak and `ours` the broker's. `forwardSecond` hands a request to oidc-provider under the realm's issuer.
 */
export function protocolRoutes({ realm, issuance }: ProtocolRoutesDeps): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const { forwardSecond } = issuance;
  const json =
    (target: string): RequestHandler =>
    (request, response) =>
      forwardSecond(request, response, { json: true, target });
  const page =
    (target: string, extraQuery: Readonly<Record<string, string>> = {}): RequestHandler =>
    (request, response) => {
      const query = authorizationForm(new URLSearchParams(queryOf(request)));
      for (const [name, value] of Object.entries(extraQuery)) query.set(name, value);
      forwardSecond(request, response, { target: `${target}?${query}` });
    };

  router
    .route('/.well-known/openid-configuration')
    .get(json('/.well-known/openid-configuration'))
    .options(json('/.well-known/openid-configuration'))
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));

  router
    .route('/account')
    .get((_request, response) => response.redirect(303, '/account'))
    .all(methodNotAllowed('GET, HEAD'));

  const protocol = Router({ caseSensitive: true, strict: true });
  router.use(protocolPath, protocol);
  const { jwks_uri, token_endpoint, userinfo_endpoint } = realmEndpoints;
  protocol
    .route(jwks_uri.theirs)
    .get(json(jwks_uri.ours))
    .options(json(jwks_uri.ours))
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));
  for (const [{ theirs, ours }, conform] of [
    [token_endpoint, tokenForm],
    [realmEndpoints.introspection_endpoint, plainForm],
    [realmEndpoints.revocation_endpoint, plainForm],
    [realmEndpoints.pushed_authorization_request_endpoint, authorizationForm],
    [realmEndpoints.device_authorization_endpoint, authorizationForm],
    [realmEndpoints.backchannel_authentication_endpoint, authorizationForm],
  ] as const)
    protocol
      .route(theirs)
      .post(formBody, postAs(forwardSecond, ours, conform))
      .options(json(ours))
      .all(methodNotAllowed('POST, OPTIONS'));
  addUserinfo(protocol.route(userinfo_endpoint.theirs), issuance.userinfo);
  // Keycloak's `registrations` shows its sign-up form; here the first sign-in creates the user.
  for (const theirs of [realmEndpoints.authorization_endpoint.theirs, '/registrations'])
    protocol
      .route(theirs)
      .get(page(realmEndpoints.authorization_endpoint.ours, { realm }))
      .all(methodNotAllowed('GET, HEAD'));
  protocol.route('/3p-cookies/step1.html').get(thirdPartyCookies).all(methodNotAllowed('GET, HEAD'));
  protocol
    .route(realmEndpoints.end_session_endpoint.theirs)
    .get(page(realmEndpoints.end_session_endpoint.ours))
    .all(methodNotAllowed('GET, HEAD'));
  return router;
}

export const formBody = express.raw({ type: () => true, limit: '64kb', inflate: false });

/** Returns a handler that posts the form to an endpoint of the broker, after `conform` has translated it. */
export function postAs(
  forward: Issuance['forwardSecond'],
  target: string,
  conform: (form: URLSearchParams, request: Request) => URLSearchParams,
): RequestHandler {
  return (request, response) => {
    const form = conform(withOneSecret(formIn(request), request), request);
    return forward(request, response, { json: true, target, body: Buffer.from(form.toString()) });
  };
}

/** Keycloak takes a secret in the header and the form at once, as keycloak-connect sends it; RFC 6749 section 2.3 forbids that. */
function withOneSecret(form: URLSearchParams, { headers }: Request): URLSearchParams {
  if (/^basic /i.test(headers.authorization ?? '')) form.delete('client_secret');
  return form;
}

function formIn(request: Request): URLSearchParams {
  const body: unknown = request.body;
  if (!request.is('application/x-www-form-urlencoded') || !Buffer.isBuffer(body)) {
    throw new Problem('unsupported_media_type');
  }
  return new URLSearchParams(body.toString('utf8'));
}

function queryOf({ originalUrl }: Request): string {
  return originalUrl.split('?').slice(1).join('?');
}
