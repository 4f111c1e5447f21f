import {
  Client,
  type ClientOptions,
  type DpopSession,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type OAuthTokens,
  type StoredOAuthClientInformation,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { onTestFinished, vi } from 'vitest';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { pageFetch } from '../support/page-fetch.ts';
import type { World } from '../support/world.ts';

/** The whole address of a registered client's callback. */
const callback = 'https://agent.example/callback';

/** A client that an operator has registered for the agents' API. */
export interface AgentApp {
  readonly id: string;
  readonly secret: string;
}

export interface AgentAppOptions {
  readonly name?: string;
  /** Lines of a policy of its own; none: the deployment's policy. */
  readonly connections?: NonNullable<
    Parameters<World['broker']['issuance']['apps']['create']>[0]['connections']
  >;
}

export async function createAgentApp(
  world: World,
  { name = 'Claude', connections = [] }: AgentAppOptions = {},
): Promise<AgentApp> {
  const { app, clientSecret } = await world.broker.issuance.apps.create({
    name,
    type: 'web',
    redirectUris: [callback],
    apis: [`${world.issuer}/mcp`],
    connections,
  });
  const secret = clientSecret?.reveal() ?? '';
  world.remember(secret);
  return { id: app.id, secret };
}

/** A person's agent: the official client library, signed in by the person's browser. */
export interface Agent {
  readonly client: Client;
  readonly browser: Browser;
  readonly app: AgentApp;
  /** The lab's name of the person. */
  readonly user: string;
  /** The present access token. */
  token(): string;
  /** The person signs in again at the address that the client has asked for, and returns the scopes of it. */
  signInAgain(): Promise<string>;
  /** Calls a tool, and returns its structured content. */
  call(tool: string, args?: Readonly<Record<string, unknown>>): Promise<Answer>;
}

export interface Answer {
  readonly structured: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly isError: boolean;
}

export interface AgentOptions {
  readonly app?: AgentApp;
  readonly user?: string;
  readonly browser?: Browser;
  /** The address of a metadata document: no operator has registered the client. */
  readonly document?: string;
  /** The origin of a page that is the client. It registers itself, and keeps the rules of browsers. */
  readonly page?: string;
  /** The key that its tokens are bound to. */
  readonly dpop?: DpopSession;
  /** In place of the scopes that the challenge names. */
  readonly scope?: string;
  /** The revision of the protocol. Default: 2026-07-28. */
  readonly mode?: 'auto' | 'legacy';
  readonly capabilities?: ClientOptions['capabilities'];
  /** The person's answer to a link that the client shows. */
  readonly onLink?: (url: string) => Promise<'accept' | 'decline'>;
}

export const newBrowser = (page?: string) => createBrowser({ stopAt: [callbackOf(page)] });

const callbackOf = (page: string | undefined) =>
  page === undefined ? callback : new URL('/oauth/callback', page).href;

/** All texts that clients have received, for the search for tokens. */
export const received: string[] = [];

let people = 0;

export async function startAgent(world: World, options: AgentOptions = {}): Promise<Agent> {
  people += 1;
  const { app = await createAgentApp(world), user = `visitor-${people}`, mode = 'auto' } = options;
  const { browser = newBrowser(options.page), onLink, capabilities = {} } = options;
  const { provider, state } = oauthOf(world, app, options);
  const transport = () =>
    new StreamableHTTPClientTransport(new URL(`${world.issuer}/mcp`), {
      authProvider: provider,
      fetch: options.page === undefined ? listening : pageFetch(options.page),
    });
  const client = new Client(
    { name: 'test-agent', version: '1.0.0' },
    { versionNegotiation: { mode }, capabilities },
  );
  if (onLink)
    client.setRequestHandler('elicitation/create', async ({ params }) => ({
      action: await onLink('url' in params ? params.url : ''),
    }));
  let current = transport();
  const walk = async (scope?: string) => {
    const landed = await signIn(browser, String(state.redirect), { user, scope });
    if (!landed.stopped) throw new Error(`did not arrive: ${landed.url.href} ${landed.text.slice(0, 400)}`);
    world.remember(landed.url.searchParams.get('code') ?? undefined);
    await current.finishAuth(landed.url.searchParams);
  };
  try {
    await client.connect(current);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await walk(options.scope);
    current = transport();
    await client.connect(current);
  }
  return {
    client,
    browser,
    app,
    user,
    token: () => String(state.tokens?.access_token),
    async signInAgain() {
      await walk();
      return String(state.redirect?.searchParams.get('scope'));
    },
    async call(name, args = {}) {
      const result = await client.callTool({ name, arguments: { ...args } });
      const content = result.content as readonly { readonly text?: string }[];
      return {
        structured: (result.structuredContent ?? {}) as Answer['structured'],
        text: content.map(({ text = '' }) => text).join('\n'),
        isError: result.isError === true,
      };
    },
  };
}

/** Keeps what the server says, so that tests can search it. */
const listening: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (!String(input instanceof Request ? input.url : input).includes('/mcp')) return response;
  received.push(await response.clone().text());
  return response;
};

interface OAuthState {
  tokens: OAuthTokens | undefined;
  redirect: URL | undefined;
  client: StoredOAuthClientInformation | undefined;
  discovery: OAuthDiscoveryState | undefined;
}

function oauthOf(world: World, app: AgentApp, { dpop, document, page }: AgentOptions) {
  const isUnknown = document !== undefined || page !== undefined;
  const state: OAuthState = {
    tokens: undefined,
    redirect: undefined,
    client: undefined,
    discovery: undefined,
  };
  let verifier = '';
  const provider: OAuthClientProvider = {
    redirectUrl: callbackOf(page),
    clientMetadata: {
      redirect_uris: [callbackOf(page)],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: isUnknown ? 'none' : 'client_secret_basic',
    },
    clientInformation: () =>
      isUnknown ? state.client : { client_id: app.id, client_secret: app.secret, issuer: world.issuer },
    ...(document !== undefined && { clientMetadataUrl: document }),
    discoveryState: () => state.discovery,
    saveDiscoveryState(discovery) {
      state.discovery = discovery;
    },
    saveClientInformation(client) {
      state.client = client;
    },
    tokens: () => state.tokens,
    saveTokens(tokens) {
      world.remember(tokens.access_token, tokens.refresh_token, tokens.id_token);
      state.tokens = tokens;
    },
    redirectToAuthorization(url) {
      state.redirect = url;
    },
    saveCodeVerifier(value) {
      verifier = value;
    },
    codeVerifier: () => verifier,
    ...(dpop && { dpop: () => dpop }),
  };
  return { provider, state };
}

/** Signs a person in at the lab, and agrees to everything. */
async function signIn(
  browser: Browser,
  address: string,
  { user, scope }: { readonly user: string; readonly scope: string | undefined },
): Promise<Page> {
  const url = new URL(address);
  if (scope !== undefined) url.searchParams.set('scope', scope);
  url.searchParams.set('connection', 'google');
  return await press(browser, await browser.open(url), user);
}

/** Presses the first button of each page until the browser arrives somewhere without one. */
export async function press(browser: Browser, page: Page, user: string): Promise<Page> {
  let current = page;
  for (let steps = 0; steps < 6 && !current.stopped && current.forms.length > 0; steps += 1) {
    if (current.url.pathname === '/account') return current;
    const atLab = current.text.includes('simulated');
    current = await browser.submit(current, atLab ? { fields: { user } } : {});
  }
  return current;
}

/** The person opens a link of the agent and allows what it asks. */
export async function openLink({ browser, user }: Agent, url: unknown): Promise<Page> {
  return await press(browser, await browser.open(String(url)), user);
}

/** Time passes until the end of the test. */
export function passTime({ clock }: World, span: number): void {
  clock.advance(span);
  // oidc-provider reads the system's time.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + span });
  onTestFinished(() => void vi.useRealTimers());
}
