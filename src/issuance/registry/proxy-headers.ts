import { z } from 'zod';

/** Hop-by-hop headers (RFC 9110 section 7.6.1), with older ones of the same kind. */
export const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The headers that a policy cannot add: they would replace the broker's part of the call. */
const neverSent = new Set([
  ...hopByHop,
  // Credentials, and the address of the call.
  'authorization',
  'cookie',
  'cookie2',
  'host',
  'x-host',
  'destination',
  // The message itself.
  'content-length',
  'expect',
  'accept-encoding',
  'accept-charset',
  // The way of the app to the broker.
  'forwarded',
  'via',
  'origin',
  'referer',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  // Another method.
  'x-method',
  'x-http-method',
  'x-http-method-override',
  'x-http-override',
  'x-method-override',
  'http-method-override',
  'x-restli-method',
  'x-request-method',
]);
const neverSentPrefix = /^(x-(forwarded|original|rewrite|envoy|override)|sec-|symbolon-|proxy-|cf-)/;

/** Some servers read an underscore or a dot in a name as a hyphen. */
export function isNeverSent(name: string): boolean {
  const folded = name.toLowerCase().replace(/[^a-z0-9]/g, '-');
  return neverSent.has(folded) || neverSentPrefix.test(folded) || /method-override$/.test(folded);
}

export const proxyHeaders = z
  .array(
    z
      .string()
      .max(100)
      .regex(
        /^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/,
        'must be the name of a header, of letters, digits and hyphens',
      )
      .refine(
        (name) => !isNeverSent(name),
        'must not be a header that replaces the broker’s part of the call',
      )
      .transform((name) => name.toLowerCase()),
  )
  .max(50)
  .describe('Further request headers that the proxy passes to the provider');
