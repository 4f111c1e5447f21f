import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler, Response, Router } from 'express';
import { methodNotAllowed } from '../../http/method-not-allowed.ts';
import { methodOf } from '../../issuance/registry/proxy-rules.ts';
import { minutes } from '../../kit/clock.ts';
import type { Caller } from '../permission.ts';
import { type ApprovedCalls, allowApproved } from './approved-call.ts';
import { readUpload } from './body.ts';
import { atMost } from './cap.ts';
import { isForApp } from './headers.ts';
import { locationForApp } from './location.ts';
import { type Proxied, type ProxyDeps, proxyCall } from './proxy-call.ts';

export interface ProxyRoutesDeps extends ProxyDeps {
  readonly approvedCalls: ApprovedCalls;
  /** By the first segment of the path: the user's own app, or an app in the background, with its reason. */
  readonly callers: {
    readonly me: (request: Request) => Promise<ProxyCaller>;
    readonly users: (request: Request) => Promise<ProxyCaller>;
  };
}

export interface ProxyCaller {
  readonly caller: Caller;
  readonly reason?: string | undefined;
}

const longestCall = minutes(5);
/** The largest response body. */
const mostBytes = 50 * 1024 * 1024;
const refuse = methodNotAllowed('GET, HEAD, POST, PUT, PATCH, DELETE');

/** Mounts `/v1/me/identities/{ref}/proxy/…` and `/v1/users/{user}/…`: calls of the provider's API through the broker. */
export function mountProxy(router: Router, deps: ProxyRoutesDeps): void {
  const proxy =
    (segment: keyof ProxyRoutesDeps['callers']): RequestHandler =>
    async (request, response, next) => {
      const method = methodOf(request.method);
      if (!method) return refuse(request, response, next);
      const { caller, reason } = await deps.callers[segment](request);
      const { proxyBase, path, query } = written(request);
      const disconnected = new AbortController();
      response.once('close', () => disconnected.abort());
      const allowed = await allowApproved(deps, caller, {
        ref: String(request.params.ref),
        method,
        path,
        query,
        reason,
        headers: request.headers,
        upload: () => readUpload(request, request.headers['content-length']),
        signal: AbortSignal.any([disconnected.signal, AbortSignal.timeout(longestCall)]),
      });
      const proxied = await proxyCall(deps, allowed.caller, allowed.call);
      await sendAnswer(response, proxied, proxyBase);
    };
  router.all('/me/identities/:ref/proxy/*path', proxy('me'));
  router.all('/users/:user/identities/:ref/proxy/*path', proxy('users'));
}

/** Returns the parts of the URL as the app wrote them, before any decoding; `proxyBase` ends with `/proxy`. */
function written({ originalUrl }: Request): { proxyBase: string; path: string; query: string } {
  const [, proxyBase = '', path = '', query = ''] =
    /^(?:https?:\/\/[^/?]*)?(\/v1\/(?:me|users\/[^/?]+)\/identities\/[^/?]+\/proxy)([^?]*)(?:\?(.*))?$/i.exec(
      originalUrl,
    ) ?? [];
  return { proxyBase, path, query };
}

async function sendAnswer(
  response: Response,
  { answer: { status, headers, body }, scrubber, provider, api }: Proxied,
  proxyBase: string,
): Promise<void> {
  response.status(status).set('Symbolon-Provider', provider);
  for (const [name, value] of headers) {
    // The broker's own headers say how a browser treats this origin.
    if (!isForApp(name, headers) || response.hasHeader(name)) continue;
    const clean = name === 'location' ? locationForApp(value, { api, proxyBase }) : value;
    response.setHeader(name, scrubber.text(clean));
  }
  if (!body) {
    response.end();
    return;
  }
  try {
    await pipeline(Readable.from(body), atMost(mostBytes), scrubber.stream(), response);
  } catch (error) {
    // A disconnected app is no error.
    if (response.errored) throw error;
  }
}
