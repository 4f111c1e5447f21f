import express, { type Request, type Response, type Router } from 'express';
import { zoneOf } from '../http/local-time.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { type Page, sendPage } from '../http/page.ts';
import { localeOf } from '../kit/locale.ts';
import { signInAddress } from './addresses.ts';
import type { AccountDeps } from './ports.ts';
import { formBinding, hasRecentSignIn } from './session.ts';
import type { AccountStep, Visit } from './step.ts';
import { createFindVisitor } from './visitors.ts';

/** The routes of pages that need a sign-in. Each redirects to a sign-in first where one is needed. */
export interface Visits {
  /** A page that is only shown. */
  page(path: string, show: (visit: Visit) => Promise<Page>): void;
  /** A form that acts at once. `act` returns the address to redirect to. */
  act(path: string, act: (visit: Visit) => Promise<string>): void;
  /** A page that asks for confirmation, after a sign-in of the last 15 minutes or of another time. */
  step(path: string, step: AccountStep, needs?: SignInNeeded): void;
  /** A form that is answered with something else than a page. `from`: the page of the form, to return to after a sign-in. */
  answer(path: string, from: string, send: (visit: Visit) => Promise<void>): void;
}

export interface SignInNeeded {
  /** The greatest age of the sign-in, in milliseconds; `any`: that of the session. */
  readonly within?: number | 'any';
  /** The page to return to after a sign-in; default: the present one. */
  readonly from?: string;
}

export function createVisits(deps: AccountDeps, router: Router): Visits {
  const { csrf, clock } = deps;
  const findVisitor = createFindVisitor(deps);
  const form = express.urlencoded({ extended: false, limit: '8kb', parameterLimit: 20 });

  /** Returns the visit of a signed-in person. Redirects to a sign-in and returns undefined if one is needed first. */
  async function visitOf(
    request: Request,
    response: Response,
    { within, from = request.originalUrl }: SignInNeeded,
  ) {
    const user = await findVisitor(request);
    const isRecent = within === 'any' || (user && hasRecentSignIn(request, clock.now(), within));
    if (!user || !isRecent) {
      response.redirect(303, signInAddress(from, { fresh: user !== undefined }));
      return undefined;
    }
    const reader = { locale: localeOf(request), zone: zoneOf(request) };
    return { request, response, user, ...reader, csrf: csrf.field(formBinding(request)) };
  }

  async function posted(request: Request, response: Response, needs: SignInNeeded) {
    const visit = await visitOf(request, response, needs);
    if (visit) csrf.check(request, formBinding(request));
    return visit;
  }

  return {
    page(path, show) {
      router
        .route(path)
        .get(async (request, response) => {
          const visit = await visitOf(request, response, { within: 'any' });
          if (visit) sendPage(response, await show(visit), response.statusCode);
        })
        .all(methodNotAllowed('GET, HEAD'));
    },
    act(path, act) {
      router
        .route(path)
        .post(form, async (request, response) => {
          const visit = await posted(request, response, { within: 'any' });
          if (visit) response.redirect(303, await act(visit));
        })
        .all(methodNotAllowed('POST'));
    },
    step(path, step, needs = {}) {
      router
        .route(path)
        .get(async (request, response) => {
          const visit = await visitOf(request, response, needs);
          if (visit) sendPage(response, await step.show(visit), response.statusCode);
        })
        .post(form, async (request, response) => {
          const visit = await posted(request, response, needs);
          if (!visit) return;
          const to = await step.act(visit);
          if (typeof to === 'string') response.redirect(303, to);
          else sendPage(response, to, response.statusCode);
        })
        .all(methodNotAllowed('GET, HEAD, POST'));
    },
    answer(path, from, send) {
      router
        .route(path)
        .post(form, async (request, response) => {
          const visit = await posted(request, response, { from });
          if (visit) await send(visit);
        })
        .all(methodNotAllowed('POST'));
    },
  };
}
