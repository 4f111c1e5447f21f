import { createHmac } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { type Html, html } from '../kit/html.ts';
import { Problem } from '../kit/problem.ts';
import { Secret } from '../kit/secret.ts';

/** Form tokens derived from the browser's session or interaction, so that none is stored. */
export interface Csrf {
  /** Returns the hidden field of a form that acts within `binding`. */
  field(binding: string): Html;
  /** @throws Problem forbidden unless the posted `csrf_token` belongs to `binding` */
  check(request: Request, binding: string): void;
}

/** The first key makes the tokens. The others accept those of forms that were shown before a change of keys. */
export function createCsrf(keys: readonly Buffer[]): Csrf {
  const [current] = keys;
  if (!current) throw new Error('CSRF tokens need a key');
  const token = (key: Buffer, binding: string) =>
    createHmac('sha256', key).update(binding).digest('base64url');

  return {
    field: (binding) => html`<input type="hidden" name="csrf_token" value="${token(current, binding)}">`,
    check(request, binding) {
      const posted: unknown = (request.body as { csrf_token?: unknown } | undefined)?.csrf_token;
      const isValid =
        typeof posted === 'string' && keys.some((key) => new Secret(token(key, binding)).equals(posted));
      if (!isValid)
        throw new Problem('forbidden', {
          detail: {
            en: 'This form is out of date. Go back, reload and try again.',
            zh: '此表单已过期。请返回并刷新页面后重试。',
          },
        });
    },
  };
}

/**
 * Refuses a request that the browser itself declares to come from another site. A request without these headers is from a
 * program, which has no cookies of another person, and passes.
 */
export function sameOriginWrites(origin: string): RequestHandler {
  return (request, _response, next) => {
    const isRead = ['GET', 'HEAD', 'OPTIONS'].includes(request.method);
    const site = request.headers['sec-fetch-site'];
    const declaredSite = site === undefined ? request.headers.origin : site;
    // `none`: the person entered the address or used a bookmark.
    const isOurs = declaredSite === undefined || ['same-origin', 'none', origin].includes(declaredSite);
    if (!isRead && !isOurs) {
      throw new Problem('forbidden', {
        detail: { en: 'This request comes from another site.', zh: '此请求来自其他网站。' },
      });
    }
    next();
  };
}
