import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';

// keycloak-js loads this page in a frame to learn whether third-party cookies work. The broker's cookies
// never do.

const script = "parent.postMessage('unsupported','*')";
const page = `<!doctype html><meta charset="utf-8"><title>Cookies</title><script>${script}</script>`;
const hash = createHash('sha256').update(script).digest('base64');

export const thirdPartyCookies: RequestHandler = (_request, response) => {
  response.removeHeader('X-Frame-Options');
  response.set('Content-Security-Policy', `default-src 'none';script-src 'sha256-${hash}';frame-ancestors *`);
  response.type('html').send(page);
};
