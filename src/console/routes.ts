import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { sameOriginWrites } from '../http/csrf.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { allowOwnScript, onlyOwnHosts } from '../http/scripted-pages.ts';
import { Problem } from '../kit/problem.ts';
import { createInvited } from './invited.ts';
import { createJoin } from './join.ts';
import { pageRoutes } from './page-routes.ts';
import { joinPath, setupPath, welcomePath } from './paths.ts';
import type { ConsoleDeps } from './ports.ts';
import { createSetup } from './setup.ts';

type Handler = (request: Request, response: Response) => Promise<void>;

/**
 * The pages under /console. This room shows to admins in a browser, in their language and without a script, the things
 * that the admin API does: each page is a view of admin operations (`call.ts`). Here are the pages behind an invitation, to
 * accept a role and to set up the first connection of a new broker; `page-routes.ts` has those for people with a role. The room
 * has no table and no rule of its own.
 */
export function consoleRoutes(deps: ConsoleDeps): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const form = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 40 });
  const invited = createInvited(deps);
  const setup = createSetup(deps, invited);
  const join = createJoin(deps, invited, setup);

  router.use('/console', sameOriginWrites(deps.issuer), allowOwnScript, onlyOwnHosts, noStore);
  // The pages behind an invitation are for people without a role: they have the session of the account page.
  router.use(joinPath, deps.session);

  const mount = (path: string, { get, post }: { readonly get?: Handler; readonly post?: Handler }) => {
    const route = router.route(path);
    if (get) route.get(get);
    if (post) route.post(form, post);
    const methods = [...(get ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : [])];
    route.all(methodNotAllowed(methods.join(', ')));
  };
  mount(joinPath, { get: join.show, post: join.accept });
  mount(welcomePath, { get: join.welcome });
  mount(setupPath, { get: setup.show, post: setup.begin });
  mount(`${setupPath}/connection`, { post: setup.save });
  mount(`${setupPath}/check`, { post: setup.check });
  mount(`${setupPath}/start-over`, { post: setup.startOver });
  mount(`${joinPath}/:handle`, { get: join.show });
  router.use(joinPath, () => {
    throw new Problem('not_found');
  });
  router.use(pageRoutes(deps));
  return router;
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};
