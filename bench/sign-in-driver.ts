import { createHash, randomBytes } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request as send } from 'node:http';
import { createCookieJar } from '../test/support/cookie-jar.ts';
import { formsIn } from '../test/support/html-forms.ts';

/** The server that signs people in. */
export interface Target {
  readonly port: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The further parameters of the authorization request. */
  readonly asks: (user: string) => Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export const redirectUri = 'https://app.example/callback';
const agent = new Agent({ keepAlive: true });
const mostSteps = 12;

/**
 * Signs a person in with a new browser, from the authorization request to the tokens: follows redirects, signs in at the lab
 * and sends the forms on the way.
 */
export async function signIn(target: Target, user: string): Promise<void> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const query = new URLSearchParams({
    client_id: target.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    state,
    nonce: state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...target.asks(user),
  });
  const callback = await visit(target, new URL(`${target.issuer}/authorize?${query}`), user);
  const code = callback.searchParams.get('code');
  if (code === null || callback.searchParams.get('state') !== state) throw new Error(`no code: ${callback}`);
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  const credentials = Buffer.from(`${target.clientId}:${target.clientSecret}`).toString('base64');
  const answer = await ask(target, new URL(`${target.issuer}/oauth/token`), {
    headers: { authorization: `Basic ${credentials}` },
    form: new URLSearchParams(form),
  });
  const tokens = ['access_token', 'refresh_token', 'id_token'];
  if (!tokens.every((name) => answer.body.includes(`"${name}":"`))) throw new Error(answer.body);
}

/** Returns the URL of the app at which the visit ends. */
async function visit(target: Target, start: URL, user: string): Promise<URL> {
  const cookies = createCookieJar();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const cookie = cookies.header(url);
    const from = { accept: 'text/html', 'user-agent': 'bench', ...(form && { origin: url.origin }) };
    const headers = { ...from, ...(cookie && { cookie }) };
    const answer = await ask(target, url, { headers, form });
    cookies.take(url, new Headers((answer.headers['set-cookie'] ?? []).map((line) => ['set-cookie', line])));
    form = undefined;
    const { location } = answer.headers;
    if (location !== undefined) {
      url = new URL(location, url);
      if (url.href.startsWith(redirectUri)) return url;
      continue;
    }
    const [first] = formsIn(answer.body);
    if (!first) throw new Error(`${answer.status} at ${url.pathname}: ${answer.body.slice(0, 600)}`);
    const fields = first.entries.map(([name, value]): [string, string] => [name, value]);
    const [button] = first.buttons;
    if (button?.name) fields.push([button.name, button.value]);
    form = new URLSearchParams(fields);
    if (!url.href.startsWith(target.issuer)) form.set('user', user);
    url = new URL(first.action || url.href, url);
  }
  throw new Error(`${mostSteps} steps, the last one to ${url}`);
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly form?: URLSearchParams | undefined;
}

/** Sends a request as the reverse proxy does, where it is one to the broker. */
function ask({ issuer, port }: Target, url: URL, { headers, form }: Sent): Promise<Answer> {
  const isOurs = url.href.startsWith(issuer);
  const proxied = isOurs ? { host: url.host, 'x-forwarded-proto': 'https' } : {};
  const typed = form && { 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve, reject) => {
    const sent = send({
      agent,
      host: '127.0.0.1',
      port: isOurs ? port : url.port,
      path: `${url.pathname}${url.search}`,
      method: form ? 'POST' : 'GET',
      headers: { ...headers, ...proxied, ...typed },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.end(form?.toString());
  });
}
