import type { Request, Response } from 'express';
import type { FloodLimits } from '../../http/flood-limits.ts';
import { keepSentPath } from '../../http/sent-path.ts';
import { htmlLang, localeOf } from '../../kit/locale.ts';
import { claimedCaller } from './claimed-caller.ts';
import type { ProviderHost } from './provider-host.ts';

export interface ForwardOptions {
  /** The body, when it has been read already: always a form, also where the request had JSON. */
  readonly body?: Buffer;
  /** False for a page, whose body names no caller. */
  readonly limited?: boolean;
  /** True for an endpoint that scripts call: failures are JSON, whatever `Accept` says. */
  readonly json?: boolean;
  /** The path and query to use in place of the request's own. */
  readonly target?: string;
}

export type Forward = (request: Request, response: Response, options?: ForwardOptions) => Promise<void>;

const proxyHeaders = ['forwarded', 'x-forwarded-host', 'x-forwarded-for', 'x-forwarded-proto'];

/**
 * Returns a function that hands an Express request to oidc-provider. It sets the scheme of the configured issuer and one
 * language, removes forwarding headers and the host in the path, and makes a body readable again. It throws the Problem of `limitCaller`.
 */
export function createForward(
  host: ProviderHost,
  secure: boolean,
  limitCaller?: FloodLimits['byCaller'],
): Forward {
  return async (request, response, { body, json = false, limited = true, target } = {}) => {
    if (body && limited && limitCaller) await limitCaller(request, response, claimedCaller(request, body));
    keepSentPath(request);
    const headers = { ...request.headers };
    for (const name of proxyHeaders) delete headers[name];
    headers['x-forwarded-proto'] = secure ? 'https' : 'http';
    headers['accept-language'] = htmlLang[localeOf(request)];
    if (json) headers.accept = 'application/json';
    if (body) headers['content-length'] = String(body.length);
    if (body && request.is('application/json')) headers['content-type'] = 'application/x-www-form-urlencoded';
    // RFC 9112 section 3.2.2: a request target can have the absolute form.
    const url = target ?? request.originalUrl.replace(/^https?:\/\/[^/?]*/i, '');
    // The request itself is changed: with a new object that has it as prototype, a token request took half again as long.
    // `baseUrl` is Express's; oidc-provider would put it before its own paths.
    Object.assign(request, { headers, url, originalUrl: url, baseUrl: '' });
    if (body) {
      Object.defineProperty(request, 'readable', { value: true, writable: true });
      Object.defineProperty(request, 'iterator', { value: () => singleChunk(body) });
    }
    void host.handle(request, response);
  };
}

// oidc-provider reads the stream itself. Given a parsed body, it writes a warning to the console.
async function* singleChunk(body: Buffer) {
  yield body;
}
