import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** The settings of the checks that the sender of a token holds its key. */
export const senderSettings = {
  DPOP_NONCE: z
    .enum(['offered', 'required'])
    .default('offered')
    .describe('`required`: each DPoP proof needs a nonce of the broker, and not only one with another time'),
  CLIENT_CERTIFICATE_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header, e.g. Client-Cert')
    .transform((name) => name.toLowerCase())
    .optional()
    .describe(
      'header by which the proxy in front passes the client’s certificate; needs CLIENT_CERTIFICATE_PROXIES; unset: none',
    ),
  CLIENT_CERTIFICATE_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((network) => network.trim()))
    .pipe(
      z.array(z.string().refine(ipaddr.isValidCIDR, 'must be networks, comma-separated, e.g. 10.0.0.0/8')),
    )
    .optional()
    .describe('networks, comma-separated, of the proxies whose CLIENT_CERTIFICATE_HEADER is believed'),
};

interface Read {
  readonly CLIENT_CERTIFICATE_HEADER?: string | undefined;
  readonly CLIENT_CERTIFICATE_PROXIES?: readonly string[] | undefined;
}

/** Returns the header and its proxies; undefined: no certificates are passed. @throws by `refuse` where one is missing */
export function clientCertificatesOf(
  { CLIENT_CERTIFICATE_HEADER: header, CLIENT_CERTIFICATE_PROXIES: proxies }: Read,
  refuse: (line: string) => never,
) {
  if (header !== undefined && proxies !== undefined) return { header, proxies };
  if (header === undefined && proxies === undefined) return undefined;
  return refuse('CLIENT_CERTIFICATE_HEADER, CLIENT_CERTIFICATE_PROXIES: set both, or none of them');
}
