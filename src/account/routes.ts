import express, { type Request, type RequestHandler, Router } from 'express';
import { sameOriginWrites } from '../http/csrf.ts';
import { zoneOf } from '../http/local-time.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { sendPage } from '../http/page.ts';
import { allowOwnScript } from '../http/scripted-pages.ts';
import { minutes } from '../kit/clock.ts';
import { localeOf } from '../kit/locale.ts';
import { createActivityPage } from './activity.ts';
import { callbackPath, signInPath } from './addresses.ts';
import { waitingNotice } from './agents-page.ts';
import { agentRoutes } from './agents-routes.ts';
import { createApiUseStep } from './api-use.ts';
import { createAppPage } from './app-page.ts';
import { createBackgroundStep } from './background.ts';
import { createCheckNow } from './check-now.ts';
import type { AccountClient } from './client.ts';
import { createConnectStep } from './connect.ts';
import { createDownload, createEraseStep, dataPage } from './data.ts';
import { createErasedPage } from './erased.ts';
import { createErasure } from './erasure.ts';
import { createSeenAct } from './first-uses.ts';
import { createIdentityPage } from './identity-page.ts';
import { readHandover } from './input.ts';
import { createAskAgain } from './left-out.ts';
import { createLinkStep } from './link.ts';
import { createMergeStep } from './merge.ts';
import { noticeBox } from './notices.ts';
import { readOverview } from './overview.ts';
import { overviewPage, signedOutPage } from './overview-page.ts';
import type { AccountDeps } from './ports.ts';
import { createReauthorizeStep } from './reauthorize.ts';
import { endSession, formBinding } from './session.ts';
import { createSessions } from './sessions.ts';
import { beginSignIn, finishSignIn } from './sign-in.ts';
import { createSignOutEverywhereStep } from './sign-out-everywhere.ts';
import { createUnlinkStep } from './unlink.ts';
import { createVisits } from './visit-routes.ts';
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
      const about = { locale, zone: zoneOf(request), app, notice: noticeBox(request.query.notice, locale) };
      if (!user) return sendPage(response, signedOutPage(about));
      const reader = {
        userAgent: request.get('user-agent'),
        newsSeenAt: new Date(request.session.newsSeenAt ?? 0),
      };
      const overview = await readOverview(deps, user, reader);
      sendPage(
        response,
        overviewPage(overview, {
          ...about,
          query: searched(request),
          csrf: csrf.field(formBinding(request)),
          waiting: await waitingNotice(deps, user.id, locale),
        }),
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
    .get(async (request, response) =>
      response.redirect(303, await finishSignIn(deps, client, { request, response })),
    )
    .all(methodNotAllowed('GET'));

  router
    .route('/account/sign-out')
    .post(form, async (request, response) => {
      csrf.check(request, formBinding(request));
      await endSession(request);
      response.redirect(303, client.endSessionUrl);
    })
    .all(methodNotAllowed('POST'));

  const erasure = createErasure(deps);
  const visits = createVisits(deps, router);
  visits.step('/account/link/:alias', createLinkStep(deps));
  visits.step('/account/connect', createConnectStep(deps));
  visits.step('/account/identities/:id/reauthorize', createReauthorizeStep(deps));
  visits.step('/account/identities/:id/unlink', createUnlinkStep(deps));
  visits.step('/account/merge/:userId', createMergeStep(deps));
  visits.step('/account/apps/:clientId/withdraw', createWithdrawStep(deps));
  visits.step('/account/apps/:clientId/background/:alias', createBackgroundStep(deps));
  visits.step('/account/apps/:clientId/apis/:apiId/:alias', createApiUseStep(deps));
  visits.step('/account/sign-out-everywhere', createSignOutEverywhereStep(deps), { within: 'any' });
  agentRoutes(deps, visits);
  visits.page('/account/activity', createActivityPage(deps));
  visits.page('/account/apps/:clientId', createAppPage(deps));
  visits.page('/account/identities/:id', createIdentityPage(deps));
  visits.act('/account/identities/:id/check', createCheckNow(deps));
  visits.act('/account/apps/:clientId/ask-again', createAskAgain(deps));
  visits.act('/account/first-uses/seen', createSeenAct(deps));
  router.get('/account/erased/:code', createErasedPage(deps, erasure));
  visits.page('/account/data', async (visit) => dataPage(visit));
  visits.answer('/account/data/download', '/account/data', createDownload(deps));
  visits.step('/account/data/erase', createEraseStep(deps, erasure), { within: minutes(5) });
  const sessions = createSessions(deps);
  visits.page('/account/sessions', sessions.show);
  visits.act('/account/sessions/end-others', sessions.endOthers);
  visits.act('/account/sessions/:session/end', sessions.end);
  return router;
}

function searched({ query: { q } }: Request): string {
  return typeof q === 'string' ? q.trim().slice(0, 60) : '';
}
