/**
 * HTTP Basic with the form-encoding of RFC 6749 section 2.3.1, and no more of it than that needs: many providers do not
 * decode, and an id with a hyphen must reach them with a hyphen.
 */
export function basicCredentials(clientId: string, secret: string): string {
  const encoded = `${formEncoded(clientId)}:${formEncoded(secret)}`;
  return `Basic ${Buffer.from(encoded).toString('base64')}`;
}

function formEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}
