import type { RequestHandler } from 'express';

/** The part of the policy that lets a page load our one script, which may change the page through its own policy only. */
const ownScript =
  ";script-src 'self';connect-src 'self';require-trusted-types-for 'script';trusted-types symbolon";

/** Lets the pages behind it load `/assets/console.js`. All other pages run no script. */
export const allowOwnScript: RequestHandler = (_request, response, next) => {
  addToPolicy(response, (policy) => policy + ownScript);
  next();
};

/**
 * Also keeps the pages behind it from other hosts: pictures are ours alone, since the server of a provider's pictures must not
 * learn whom an admin looks at, and forms are sent to us alone. A form that needs a sign-in is answered with a page, because
 * Chromium applies `form-action` to redirects too.
 */
export const onlyOwnHosts: RequestHandler = (_request, response, next) => {
  addToPolicy(
    response,
    (policy) => `${policy.replace(/img-src [^;]*/, "img-src 'self'")};form-action 'self'`,
  );
  next();
};

function addToPolicy(response: Parameters<RequestHandler>[1], change: (policy: string) => string): void {
  const name = 'Content-Security-Policy';
  response.setHeader(name, change(String(response.getHeader(name))));
}
