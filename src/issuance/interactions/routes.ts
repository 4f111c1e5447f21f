import express, { type RequestHandler, type Router } from 'express';
import type Provider from 'oidc-provider';
import { sameOriginWrites } from '../../http/csrf.ts';
import { errorHandler } from '../../http/errors.ts';
import { methodNotAllowed } from '../../http/method-not-allowed.ts';
import { actAs } from '../../kit/request-context.ts';
import type { IssuanceDeps } from '../ports.ts';
import { agreementPrompt } from '../provider/interaction-policy.ts';
import { findInteraction } from './find-interaction.ts';
import type { LoginCompletion } from './finish-login.ts';
import { bindingOf, type Step } from './step.ts';

export interface InteractionRoutesDeps extends Pick<IssuanceDeps, 'issuer' | 'csrf' | 'log'> {
  readonly provider: () => Provider;
  readonly signIn: { readonly show: Step; readonly connect: Step };
  readonly agreement: { readonly show: Step; readonly accept: Step };
  readonly consent: { readonly show: Step; readonly decide: Step };
  readonly loginCompletion: LoginCompletion;
}

/** Returns the routes of the sign-in and consent pages. */
export function interactionRoutes(deps: InteractionRoutesDeps): Router {
  const { signIn, agreement, consent, loginCompletion } = deps;
  const router = express.Router({ caseSensitive: true, strict: true });
  // An app may ask for 200 scopes of each API, and each may have a box.
  const form = express.urlencoded({ extended: false, limit: '128kb', parameterLimit: 1_000 });

  const call = (step: Step): RequestHandler => {
    return async (request, response) => {
      const interaction = await findInteraction(deps.provider(), request, response);
      const userId = interaction.session?.accountId;
      if (userId !== undefined) actAs({ kind: 'person', id: userId });
      const field = (name: string) => fieldOf(request.body, name);
      await step({ interaction, request, response, field });
    };
  };
  const post = (path: string, step: Step) => {
    const checked: Step = async (posted) => {
      await readBody(form, posted);
      deps.csrf.check(posted.request, bindingOf(posted.interaction));
      await step(posted);
    };
    const route = router.route(`/interaction/:uid/${path}`);
    route.post(sameOriginWrites(deps.issuer), call(checked)).all(methodNotAllowed('POST'));
  };

  const pages = new Map<string, { readonly show: Step }>([
    ['consent', consent],
    [agreementPrompt, agreement],
  ]);
  const show: Step = (asked) => (pages.get(asked.interaction.prompt.name) ?? signIn).show(asked);
  router.route('/interaction/:uid').get(call(show)).all(methodNotAllowed('GET, HEAD'));
  post('connect', signIn.connect);
  post('agreement', agreement.accept);
  post('consent', consent.decide);
  post('cancel', async ({ interaction, response }) => {
    response.redirect(303, await loginCompletion.failLogin(interaction.uid, 'access_denied'));
  });
  router.use(
    '/interaction',
    errorHandler(deps.log, () => 'page'),
  );
  return router;
}

function fieldOf(body: unknown, name: string): string | undefined {
  const value: unknown = body !== null && typeof body === 'object' ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Reads a posted form, which is read only of browsers whose interaction is known. */
function readBody(form: RequestHandler, { request, response }: Parameters<Step>[0]): Promise<void> {
  return new Promise((resolve, reject) => {
    form(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
}
