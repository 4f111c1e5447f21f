import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * The person's sign-in for a program on their machine (RFC 8252): a browser, and a page of this program on the loopback
 * interface to which the browser returns. Tokens stay in memory.
 */
export async function createSignIn({ clientId, show }) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const redirectUrl = `http://127.0.0.1:${server.address().port}/callback`;
  let verifier;
  let tokens;
  let waiting;

  server.on('request', (request, response) => {
    const { pathname, searchParams } = new URL(request.url, redirectUrl);
    const isOurs = pathname === '/callback' && searchParams.get('state') === waiting?.state;
    response.statusCode = isOurs ? 200 : 404;
    response.end(isOurs ? 'You can close this page.' : 'There is nothing here.');
    if (isOurs) waiting.resolve(searchParams);
  });

  const provider = {
    redirectUrl,
    clientMetadata: {
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => ({ client_id: clientId }),
    state() {
      waiting = { ...Promise.withResolvers(), state: randomBytes(16).toString('base64url') };
      return waiting.state;
    },
    codeVerifier: () => verifier,
    saveCodeVerifier: (value) => {
      verifier = value;
    },
    tokens: () => tokens,
    saveTokens: (value) => {
      tokens = value;
    },
    redirectToAuthorization: (url) => show('Sign in', url.href),
  };

  /** Resolves to the parameters with which the browser comes back. */
  return { provider, arrival: () => waiting.promise };
}
