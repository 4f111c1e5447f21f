import type { Request, Response } from 'express';
import { htmlLang, localeOf } from '../../kit/locale.ts';
import type { ProviderHost } from './provider-host.ts';

export interface ForwardOptions {
  /** The body, when it has been read already; what was JSON is a form now. */
  readonly body?: Buffer;
  /** An endpoint for machines: failures are JSON whatever a browser says it accepts. */
  readonly json?: boolean;
  /** Path and query of ours, when it came by another. */
  readonly target?: string;
}

export type Forward = (request: Request, response: Response, options?: ForwardOptions) => void;

const ofProxies = ['forwarded', 'x-forwarded-host', 'x-forwarded-for', 'x-forwarded-proto'];

/**
 * Hands a request to oidc-provider as this server means it: the scheme of the configured address, no word of a
 * client about proxies, one language, a path without a host in it, and a body that can still be read.
 */
export function createForward(host: ProviderHost, secure: boolean): Forward {
  return (request, response, { body, json = false, target } = {}) => {
    const headers = { ...request.headers };
    for (const name of ofProxies) delete headers[name];
    headers['x-forwarded-proto'] = secure ? 'https' : 'http';
    headers['accept-language'] = htmlLang[localeOf(request)];
    if (json) headers.accept = 'application/json';
    if (body) headers['content-length'] = String(body.length);
    if (body && request.is('application/json')) headers['content-type'] = 'application/x-www-form-urlencoded';
    // RFC 9112 section 3.2.2: the target may come in absolute form.
    const url = target ?? request.originalUrl.replace(/^https?:\/\/[^/?]*/i, '');
    // Written to the request itself: as the prototype of another object it would be slow from here on, and that was a
    // third of what a token costs. `baseUrl` is the router's that had it: oidc-provider would put it before its paths.
    Object.assign(request, { headers, url, originalUrl: url, baseUrl: '' });
    if (body) {
      Object.defineProperty(request, 'readable', { value: true, writable: true });
      Object.defineProperty(request, 'iterator', { value: () => once(body) });
    }
    void host.handle(request, response);
  };
}

// oidc-provider reads the stream itself; handed a parsed body instead, it warns on the console.
async function* once(body: Buffer) {
  yield body;
}
