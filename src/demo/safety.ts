import type { RequestHandler } from 'express';

/**
 * The policy allows the demo's own style sheet and people's pictures, which the lab serves over plain http.
 */
export function headers(secure: boolean): RequestHandler {
  const pictures = secure ? 'https:' : 'https: http://localhost:*';
  const policy = `default-src 'none'; style-src 'self'; img-src 'self' ${pictures}; base-uri 'none'; frame-ancestors 'none'`;
  return (_request, response, next) => {
    response.set({
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    });
    next();
  };
}

/**
 * Forms are accepted from the demo's own pages only. Every current browser states the origin of a request.
 */
export const ownPagesOnly: RequestHandler = (request, response, next) => {
  const from = request.headers['sec-fetch-site'];
  if (request.method === 'POST' && from !== undefined && from !== 'same-origin') {
    response.status(403).type('text').send('This form was not sent from a page of the demo.\n');
    return;
  }
  next();
};
