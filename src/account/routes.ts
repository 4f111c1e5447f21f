import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { sameOriginWrites } from '../http/csrf.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { sendPage } from '../http/page.ts';
import { allowOwnScript } from '../http/scripted-pages.ts';
import { localeOf } from '../kit/locale.ts';
import { callbackPath, signInAddress, signInPath } from './addresses.ts';
import { createBackgroundStep } from './background.ts';
import type { AccountClient } from './client.ts';
import { createConnectStep } from './connect.ts';
import { readHandover } from './input.ts';
import { createLinkStep } from './link.ts';
import { createMergeStep } from './merge.ts';
import { noticeBox } from './notices.ts';
import { readOverview } from './overview.ts';
import { overviewPage, signedOutPage } from './overview-page.ts';
import type { AccountDeps } from './ports.ts';
import { createReauthorizeStep } from './reauthorize.ts';
import { endSession, formBinding, hasRecentSignIn } from './session.ts';
import { beginSignIn, finishSignIn } from './sign-in.ts';
import { createSignOutEverywhereStep } from './sign-out-everywhere.ts';
import type { AccountStep, Visit } from './step.ts';
import { createUnlinkStep } from './unlink.ts';
import { createFindVisitor } from './visitors.ts';
import { createWithdrawStep } from './withdraw.ts';

export interface AccountParts {
  readonly session: RequestHandler;
  readonly client: AccountClient;
}

/** Returns the pages under /account. */
export function accountRoutes(deps: AccountDeps, { session, client }: AccountParts): Router {
  const { issuer, csrf } = deps;
  const router = Router({ caseSensitive: true, strict: true });
  const findVisitor = createFindVisitor(deps);
  const form = express.urlencoded({ extended: false, limit: '8kb', parameterLimit: 20 });

  router.use('/account', sameOriginWrites(issuer), allowOwnScript, session, (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });

  router
    .route('/account')
    .get(async (request, response) => {
      const user = await findVisitor(request);
      const locale = localeOf(request);
      const { app } = await readHandover(deps, request);
      const about = { locale, app, notice: noticeBox(request.query.notice, locale) };
      if (!user) return sendPage(response, signedOutPage(about));
      const field = csrf.field(formBinding(request));
      sendPage(
        response,
        overviewPage(await readOverview(deps, user, request.get('user-agent')), { ...about, csrf: field }),
      );
    })
    .all(methodNotAllowed('GET, HEAD'));

  router
    .route(signInPath)
    .head(methodNotAllowed('GET'))
    .get(async (request, response) => response.redirect(303, await beginSignIn(deps, client, request)))
    .all(methodNotAllowed('GET'));

  router
    .route(callbackPath)
    // Express handles HEAD with the GET handler, and a HEAD request must not consume the sign-in.
    .head(methodNotAllowed('GET'))
    .get(async (request, response) => response.redirect(303, await finishSignIn(deps, client, request)))
    .all(methodNotAllowed('GET'));

  router
    .route('/account/sign-out')
    .post(form, async (request, response) => {
      csrf.check(request, formBinding(request));
      await endSession(request);
      response.redirect(303, client.endSessionUrl);
    })
    .all(methodNotAllowed('POST'));

  /** Returns the visit of a signed-in person. Redirects to a sign-in and returns undefined if one is needed first. */
  async function visitOf(
    request: Request,
    response: Response,
    needsRecentSignIn: boolean,
  ): Promise<Visit | undefined> {
    const user = await findVisitor(request);
    if (!user || (needsRecentSignIn && !hasRecentSignIn(request, deps.clock.now()))) {
      response.redirect(303, signInAddress(request.originalUrl, { fresh: user !== undefined }));
      return undefined;
    }
    return { request, response, user, locale: localeOf(request), csrf: csrf.field(formBinding(request)) };
  }

  function mount(path: string, step: AccountStep, { needsRecentSignIn = true } = {}): void {
    router
      .route(path)
      .get(async (request, response) => {
        const visit = await visitOf(request, response, needsRecentSignIn);
        if (visit) sendPage(response, await step.show(visit), response.statusCode);
      })
      .post(form, async (request, response) => {
        const visit = await visitOf(request, response, needsRecentSignIn);
        if (!visit) return;
        csrf.check(request, formBinding(request));
        response.redirect(303, await step.act(visit));
      })
      .all(methodNotAllowed('GET, HEAD, POST'));
  }

  mount('/account/link/:alias', createLinkStep(deps));
  mount('/account/connect', createConnectStep(deps));
  mount('/account/identities/:id/reauthorize', createReauthorizeStep(deps));
  mount('/account/identities/:id/unlink', createUnlinkStep(deps));
  mount('/account/merge/:userId', createMergeStep(deps));
  mount('/account/apps/:clientId/withdraw', createWithdrawStep(deps));
  mount('/account/apps/:clientId/background/:alias', createBackgroundStep(deps));
  mount('/account/sign-out-everywhere', createSignOutEverywhereStep(deps), { needsRecentSignIn: false });
  return router;
}
