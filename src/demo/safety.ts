import type { RequestHandler } from 'express';

/** Nothing but our own style sheet and people's pictures; the lab serves those over plain http. */
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

/** Forms count when a page of ours sent them. Every current browser says where a request comes from. */
export const ownPagesOnly: RequestHandler = (request, response, next) => {
  const from = request.headers['sec-fetch-site'];
  if (request.method === 'POST' && from !== undefined && from !== 'same-origin') {
    response.status(403).type('text').send('This form was not sent from a page of the demo.\n');
    return;
  }
  next();
};
