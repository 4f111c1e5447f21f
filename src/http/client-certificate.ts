import { hash, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { createCache } from '../kit/cache.ts';

/** The client certificates that a proxy in front passes in a header, after it has ended the TLS connection (RFC 9440). */
export interface ClientCertificates {
  /** Returns the certificate of the client; undefined: the proxy has passed none, or the request is not the proxy's. */
  of(request: Pick<IncomingMessage, 'headers' | 'socket'>): ClientCertificate | undefined;
}

export interface ClientCertificate {
  readonly certificate: X509Certificate;
  /** The SHA-256 of the certificate, as in `cnf.x5t#S256` (RFC 8705 section 3.1). */
  readonly x5t: string;
}

export interface ClientCertificateSettings {
  /** The name of the header, in lower case. */
  readonly header: string;
  /** The networks of the proxies. The header of another sender is not believed. */
  readonly proxies: readonly string[];
}

const mostKept = 1_000;
const longest = 16_384;
const onePem = /^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/;

export function createClientCertificates({ header, proxies }: ClientCertificateSettings): ClientCertificates {
  const networks = proxies.map((network) => ipaddr.parseCIDR(network));
  const read = createCache<ClientCertificate>({ max: mostKept });

  function isProxy(address: string | undefined): boolean {
    if (address === undefined || !ipaddr.isValid(address)) return false;
    const sender = ipaddr.process(address);
    return networks.some(
      ([network, bits]) => sender.kind() === network.kind() && sender.match(network, bits),
    );
  }

  return {
    of({ headers, socket }) {
      const value = headers[header];
      if (typeof value !== 'string' || value.length > longest || !isProxy(socket.remoteAddress))
        return undefined;
      const known = read.get(value);
      const found = known ?? certificateIn(value);
      if (found && !known) read.set(value, found);
      return found;
    },
  };
}

/** Reads the forms of RFC 9440, Envoy (`X-Forwarded-Client-Cert`) and nginx (`$ssl_client_escaped_cert`). */
function certificateIn(value: string): ClientCertificate | undefined {
  try {
    const certificate = new X509Certificate(encodedIn(value));
    return { certificate, x5t: hash('sha256', certificate.raw, 'base64url') };
  } catch {
    // The header has no certificate. Several headers, which Node joins by commas, have none either.
    return undefined;
  }
}

function encodedIn(value: string): Buffer | string {
  const [, bytes] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value) ?? [];
  if (bytes !== undefined) return Buffer.from(bytes, 'base64');
  // Envoy separates the certificates of several proxies by commas, and only one of them would be the client's. It writes By
  // and Hash first. Subject, URI and DNS come later and are the client's own words, which can look like another Cert.
  const [, escaped] = /^(?:(?:By|Hash)=[^,;"]*;)*Cert="([^",]+)"(?:;[^,]*)?$/i.exec(value) ?? [];
  const pem = decodeURIComponent(escaped ?? value);
  // Node would read the first one of several.
  if (!onePem.test(pem)) throw new TypeError('not one certificate');
  return pem;
}
