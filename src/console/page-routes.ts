import { type Request, type RequestHandler, type Response, Router } from 'express';
import { createAccountClient } from '../account/client.ts';
import { endSession } from '../account/session.ts';
import { personCaller, requirePermission } from '../admin/authorize.ts';
import { Download, sendDownload } from '../admin/download.ts';
import { type Permission, roleOf } from '../admin/roles.ts';
import { browserSession } from '../http/browser-session.ts';
import { formBody } from '../http/form-body.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import type { User } from '../identities/identities.ts';
import { html } from '../kit/html.ts';
import { fill, localeOf } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { createCalls } from './call.ts';
import { createKeptForms } from './kept-form.ts';
import { keptPage } from './kept-page.ts';
import { noRoleView, signedOutView } from './no-visit-views.ts';
import { pages } from './pages.ts';
import type { ConsoleDeps } from './ports.ts';
import { createPresses, type Outcome } from './presses.ts';
import { problemView } from './problem-view.ts';
import { consoleBinding, rowLife, standingOf } from './session.ts';
import { sendView } from './shell.ts';
import { createSignIn, signInAddress, signInPath } from './sign-in.ts';
import type { ConsolePage, Visit } from './visit.ts';
import { zoneOf } from './zone.ts';

/** Returns the pages for people with a role, and the sign-in that leads to them. */
export function pageRoutes(deps: ConsoleDeps): Router {
  const { issuer, csrf, clock, keyring, database, rowTags, secure } = deps;
  const router = Router({ caseSensitive: true, strict: true });
  const client = createAccountClient(deps, '/console');
  const signIn = createSignIn(deps, client);
  const callsOf = createCalls(deps);
  const keptForms = createKeptForms(deps);
  const presses = createPresses(clock);

  router.use(
    '/console',
    browserSession({
      pool: database.pool,
      rowTags,
      keys: keyring.derive('console-session'),
      secure,
      name: 'symbolon-console',
      maxAge: rowLife,
    }),
  );

  function visitOf(request: Request, response: Response, user: User): Visit {
    const role = roleOf(user.roles);
    if (!role) throw new Problem('forbidden');
    const now = clock.now();
    const signedInAt = new Date(request.session.authTime ?? 0);
    const caller = personCaller(user.id, { role, cap: role, signedInAt, expiresAt: undefined, now });
    const locale = localeOf(request);
    const textOf = (value: unknown) => (typeof value === 'string' ? value.trim() : '');
    return {
      ...callsOf(caller),
      ...{ request, response, issuer, user, caller, locale, now },
      url: new URL(request.originalUrl, issuer),
      zone: zoneOf(request),
      csrf: html`${csrf.field(consoleBinding(request))}${presses.field()}`,
      may: caller.rights.may,
      say: (text, values = {}) => fill(text, locale, values),
      param: (name) => String(request.params[name]),
      ask: (name) => textOf([request.query[name]].flat().at(-1)),
      field: (name) => textOf(((request.body ?? {}) as Readonly<Record<string, unknown>>)[name]),
    };
  }

  /** Returns the visit of a person with a role. Otherwise answers with the sign-in, or with the page for other people. */
  async function arrive(request: Request, response: Response): Promise<Visit | undefined> {
    const standing = await standingOf(deps, request);
    if (standing.kind === 'in') return visitOf(request, response, standing.user);
    const locale = localeOf(request);
    if (standing.kind === 'without role') {
      sendView(response, noRoleView(locale, standing.user.name), locale);
      return undefined;
    }
    if (standing.kind === 'ended' && request.method === 'POST') {
      csrf.check(request, consoleBinding(request));
      await keptForms.keep(request);
    }
    const isRead = ['GET', 'HEAD'].includes(request.method);
    response.redirect(303, signInAddress(isRead ? request.originalUrl : request.path));
    return undefined;
  }

  async function send(visit: Visit, outcome: Outcome): Promise<void> {
    if (typeof outcome === 'string') visit.response.redirect(303, outcome);
    else if (outcome instanceof Download) await sendDownload(visit.request, visit.response, outcome);
    else sendView(visit.response, outcome, visit.locale, visit);
  }

  /** Runs a page. A problem becomes a page too, but a sign-in that is too old leads to a fresh one and back. */
  async function run(visit: Visit, needs: Permission, work: () => Promise<Outcome>) {
    try {
      requirePermission(visit.caller, needs);
      await send(visit, await work());
    } catch (error) {
      if (!(error instanceof Problem) || visit.response.headersSent) throw error;
      if (error.code !== 'insufficient_user_authentication')
        return await send(visit, problemView(error, visit));
      if (visit.request.method === 'POST') await keptForms.keep(visit.request);
      await send(visit, signInAddress(visit.request.originalUrl, { fresh: true }));
    }
  }

  function mount(page: ConsolePage): void {
    const route = router.route(page.path === '/' ? '/console' : `/console${page.path}`);
    const { show, act } = page;
    if (show)
      route.get(async (request, response) => {
        const visit = await arrive(request, response);
        if (visit) await run(visit, page.needs, () => show(visit));
      });
    if (act)
      route.post(...formBody, async (request, response) => {
        const visit = await arrive(request, response);
        if (!visit) return;
        csrf.check(request, consoleBinding(request));
        const once = () => presses.once(request, () => act(visit));
        await run(visit, page.needsToAct ?? page.needs, async () => {
          const outcome = await once();
          keptForms.drop(request);
          return outcome;
        });
      });
    route.all(methodNotAllowed([...(show ? ['GET', 'HEAD'] : []), ...(act ? ['POST'] : [])].join(', ')));
  }

  // Express handles HEAD with the GET handler, and a HEAD request must not begin or consume a sign-in.
  const getOnly = (path: string, handler: RequestHandler) =>
    router.route(path).head(methodNotAllowed('GET')).get(handler).all(methodNotAllowed('GET'));
  getOnly(signInPath, signIn.show);
  getOnly(`${signInPath}/go`, signIn.begin);
  getOnly('/console/callback', signIn.finish);
  router
    .route('/console/sign-out')
    .get((request, response) => sendView(response, signedOutView(localeOf(request)), localeOf(request)))
    .post(...formBody, async (request, response) => {
      csrf.check(request, consoleBinding(request));
      await endSession(request);
      response.redirect(303, client.endSessionUrl);
    })
    .all(methodNotAllowed('GET, HEAD, POST'));
  for (const page of [keptPage(keptForms), ...pages]) mount(page);
  return router;
}
