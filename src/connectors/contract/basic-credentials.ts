/**
 * Returns an HTTP Basic header value with the form-encoding of RFC 6749 section 2.3.1. Unreserved characters stay as they
 * are, since many providers do not decode: an id with a hyphen must arrive with a hyphen.
 */
export function basicCredentials(clientId: string, secret: string): string {
  const encoded = `${formEncoded(clientId)}:${formEncoded(secret)}`;
  return `Basic ${Buffer.from(encoded).toString('base64')}`;
}

function formEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}
