import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { Problem } from '../kit/problem.ts';
import { requirePermission } from './authorize.ts';
import type { AdminCaller } from './caller.ts';
import { reasonInHeader } from './dangerous-change.ts';
import { Download, sendDownload } from './download.ts';
import { editHeadersOf } from './edit-headers.ts';
import type { Operation } from './operation.ts';
import type { Perform } from './perform.ts';

export interface AdminRouteParts {
  readonly authorize: (request: Request) => Promise<AdminCaller>;
  readonly perform: Perform;
}

/** Serves the operations below `/admin/v1`. Every path passes `authorize` before its handler. */
export function adminRoutes(
  operations: readonly Operation[],
  { authorize, perform }: AdminRouteParts,
): Router {
  const api = Router({ caseSensitive: true, strict: true });
  const json = express.json({ limit: '64kb', type: 'application/json' });
  const largeJson = express.json({ limit: '512kb', type: 'application/json' });

  for (const [path, onPath] of Map.groupBy(operations, ({ path }) => path)) {
    const route = api.route(path.replace(/\{(\w+)\}/g, ':$1'));
    for (const operation of onPath) {
      const permit = requireOperation(operation);
      if (operation.body)
        route[operation.method](
          permit,
          requireJson,
          operation.large ? largeJson : json,
          serve(operation, perform),
        );
      else route[operation.method](permit, serve(operation, perform));
    }
    const methods = onPath.map(({ method }) => method.toUpperCase());
    route.all(methodNotAllowed([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ')));
  }
  api.use(() => {
    throw new Problem('not_found');
  });

  const router = Router({ caseSensitive: true });
  router.use('/admin', async (request, response, next) => {
    response.set('Cache-Control', 'no-store');
    response.locals.caller = await authorize(request);
    next();
  });
  router.use('/admin/v1', api);
  return router;
}

const requireJson: RequestHandler = (request, _response, next) => {
  if (!request.is('application/json')) {
    throw new Problem('unsupported_media_type', { detail: 'Send application/json.' });
  }
  next();
};

function callerOf(response: Response): AdminCaller {
  return response.locals.caller as AdminCaller;
}

/** Refuses a caller without the permission before a body is read. */
function requireOperation({ needs }: Operation): RequestHandler {
  return (_request, response, next) => {
    requirePermission(callerOf(response), needs);
    next();
  };
}

function serve(operation: Operation, perform: Perform) {
  const { status, edits } = operation;
  return async (request: Request, response: Response): Promise<void> => {
    const { query, body } = request;
    const params = Object.fromEntries(
      Object.entries(request.params).map(([name, value]) => [name, String(value)]),
    );
    const reason = reasonInHeader(request.get('symbolon-reason'));
    const edit = edits ? editHeadersOf(request) : {};
    const input = { params, query, body, caller: callerOf(response), reason, edit };
    const performed = await perform(operation, input);
    if (!performed.done) return void response.status(202).json({ approval: performed.approval });
    if (performed.answer instanceof Download) return await sendDownload(request, response, performed.answer);
    setTag(response, performed.answer);
    if (status === 204) response.status(204).end();
    else response.status(status).json(performed.answer);
  };
}

/** RFC 9110 section 8.8.3: the version of the one item that is answered. */
function setTag(response: Response, answer: unknown): void {
  const version = typeof answer === 'object' && answer !== null && 'version' in answer && answer.version;
  if (typeof version === 'number' || typeof version === 'string') response.set('ETag', `"${version}"`);
}
