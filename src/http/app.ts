import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { newId } from '../kit/ids.ts';
import type { Logger } from '../kit/log.ts';
import { Problem } from '../kit/problem.ts';
import type { Readiness } from '../kit/readiness.ts';
import { anonymous, type RequestContext, runInRequest } from '../kit/request-context.ts';
import { version } from '../kit/version.ts';
import { type AnsweredRequests, createAnsweredRequests, createRouteLabels } from './answered-requests.ts';
import type { Brandings } from './branding.ts';
import { type AddressDetail, clientAddress, keptAddress } from './client-address.ts';
import { chooseLanguage } from './language-switch.ts';
import { withLooks } from './looks.ts';
import { methodNotAllowed } from './method-not-allowed.ts';

export interface HttpOptions {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly trustedProxyHops: number;
  /** Default: full. */
  readonly auditAddresses?: AddressDetail | undefined;
  /** Loopback names are served beside the public one, for development. */
  readonly allowLoopbackHosts: boolean;
  readonly log: Logger;
  readonly readiness?: Pick<Readiness, 'report'>;
  /** Default: they are logged, and not counted. */
  readonly answeredRequests?: AnsweredRequests | undefined;
  readonly branding?: Pick<Brandings, 'of'> | undefined;
}

/**
 * The Express app on which the rooms mount their routes. This room owns request ids, the host check, security headers,
 * errors and their forms, pages, cookies, sessions and CSRF tokens. It knows no route of another room but the probes.
 */
export function createHttpApp(options: HttpOptions): Express {
  const { issuer, trustedProxyHops, allowLoopbackHosts, log, auditAddresses = 'full' } = options;
  const { answeredRequests = createAnsweredRequests({ log }) } = options;
  const app = express();
  app.disable('x-powered-by');
  // No response may come from a cache, so none is revalidated.
  app.disable('etag');
  app.set('trust proxy', trustedProxyHops);
  // `a[b]=c` is one plain name: nested objects from a query are an attack surface, and no route uses them.
  app.set('query parser', 'simple');
  app.use(assignRequestId(answeredRequests, auditAddresses));
  app.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok', version });
  });
  // Liveness and readiness differ: a process without its database gets no traffic, and needs no restart.
  app.get('/readyz', async (_request, response) => {
    const { ready, checks } = (await options.readiness?.report()) ?? { ready: true, checks: {} };
    response.set('Cache-Control', 'no-store');
    if (ready) response.json({ status: 'ready', checks });
    else response.status(503).set('Retry-After', '2').json({ status: 'not ready', checks });
  });
  app.use(onlyKnownHosts(issuer, allowLoopbackHosts));
  app.use(securityHeaders(issuer));
  app.use(
    '/assets',
    express.static(`${import.meta.dirname}/assets`, { maxAge: '1h', index: false, redirect: false }),
  );
  if (options.branding) app.use(withLooks(options.branding));
  app.route('/language/:locale').get(chooseLanguage(issuer)).all(methodNotAllowed('GET, HEAD'));
  return app;
}

function assignRequestId(requests: AnsweredRequests, detail: AddressDetail): RequestHandler {
  const routeOf = createRouteLabels();
  return (request, response, next) => {
    const begun = requests.begin(request);
    const address = keptAddress(clientAddress(request), detail);
    const context: RequestContext = { requestId: newId('req'), address, actor: anonymous };
    response.set('X-Request-Id', context.requestId);
    response.on('close', () => {
      const { actor } = context;
      begun.end({
        request: context,
        client: actor?.kind === 'app' ? actor.id : undefined,
        method: request.method,
        route: routeOf(request),
        status: response.statusCode,
        aborted: !response.writableFinished,
      });
    });
    begun.run(() => runInRequest(context, next));
  };
}

// Links, cookies and redirect URIs use the configured address only, so a request for another Host is refused.
function onlyKnownHosts(issuer: string, allowLoopback: boolean): RequestHandler {
  const { host: publicHost, protocol, port } = new URL(issuer);
  const defaultPort = protocol === 'https:' ? 443 : 80;
  // Some proxies add the default port, which browsers omit.
  const publicHosts = [publicHost, ...(port === '' ? [`${publicHost}:${defaultPort}`] : [])];
  return (request, _response, next) => {
    const host = request.headers.host?.toLowerCase() ?? '';
    const isLoopback = allowLoopback && /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.test(host);
    if (!publicHosts.includes(host) && !isLoopback) throw new Problem('misdirected_request');
    request.headers.host = publicHost;
    // This does not depend on the proxy's headers. Without `secure`, express-session does not send a secure cookie.
    if (protocol === 'https:') Object.defineProperty(request, 'secure', { value: true });
    next();
  };
}

function securityHeaders(issuer: string): RequestHandler {
  const headers = securityHeaderValues(issuer);
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

/** Returns the security headers, which are the same for every request. */
export function securityHeaderValues(issuer: string): ReadonlyMap<string, string> {
  const secure = issuer.startsWith('https://');
  return headersOf(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'https:'],
          baseUri: ["'none'"],
          frameAncestors: ["'none'"],
          // No form-action: Chromium applies it to the redirects after a form too, which lead to apps and providers.
        },
      },
      strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
      // Not `no-referrer`, with which browsers send `Origin: null` for our own forms.
      referrerPolicy: { policy: 'same-origin' },
      crossOriginOpenerPolicy: { policy: 'same-origin' },
      crossOriginResourcePolicy: { policy: 'same-origin' },
    }),
  );
}

function headersOf(middleware: ReturnType<typeof helmet>): ReadonlyMap<string, string> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  middleware(request, response, () => undefined);
  return new Map(response.getHeaderNames().map((name) => [name, String(response.getHeader(name))]));
}
