import { randomBytes } from 'node:crypto';
import { type Browser, createBrowser, type Page } from '../../support/browser.ts';
import type { Client, Suite } from './suite.ts';

/** An authorization request, and what the person and the client saw of it. */
export interface Authorization {
  readonly client: Client;
  readonly request: Readonly<Record<string, string>>;
  readonly browser: Browser;
  /** Where it ended: the callback of the client, or a page of the provider's. */
  readonly page: Page;
  /** What came to the client's redirect URI, when anything did. */
  readonly callback: URLSearchParams | undefined;
  /** The sign-in page of the broker, when it was shown. */
  readonly signInPage: Page | undefined;
  /** Requests that the upstream provider was asked to sign the person in by. */
  readonly upstream: readonly URL[];
}

export interface Ask {
  readonly client?: Client;
  readonly browser?: Browser;
  /** Laid over the usual request; undefined leaves one out. */
  readonly request?: Readonly<Record<string, string | undefined>>;
  readonly method?: 'GET' | 'POST';
}

const upstreamProvider = 'yahoo-japan';

/** Sends a browser with an authorization request, and the person answers every page that comes. */
export async function authorize(suite: Suite, ask: Ask = {}): Promise<Authorization> {
  const { client = suite.client, method = 'GET' } = ask;
  const browser = ask.browser ?? freshBrowser();
  const request = requestOf(client, ask.request);
  const seen: Page[] = [];
  let page = await send(suite, { browser, request, method });
  for (
    let steps = 0;
    steps < 6 && !page.stopped && page.forms.length > 0 && page.status === 200;
    steps += 1
  ) {
    seen.push(page);
    page = await answer(suite, browser, page);
  }
  seen.push(page);
  const hops = seen.flatMap(({ hops: steps }) => steps).map(({ to }) => new URL(to));
  return {
    client,
    request,
    browser,
    page,
    callback: page.stopped ? page.url.searchParams : undefined,
    signInPage: seen.find((one) => one.forms[0]?.action.endsWith('/connect')),
    upstream: hops.filter(({ href }) => href.startsWith(`${suite.world.lab.url}/${upstreamProvider}/`)),
  };
}

function freshBrowser(): Browser {
  return createBrowser({ stopAt: ['https://first.example/', 'https://second.example/'] });
}

/** 128 characters where the suite wants to see whether a long one survives. */
export function randomValue(characters = 20): string {
  return randomBytes(characters).toString('base64url').slice(0, characters);
}

function requestOf(client: Client, changes: Ask['request'] = {}): Record<string, string> {
  const usual = {
    client_id: client.id,
    redirect_uri: client.redirectUri,
    scope: 'openid',
    state: randomValue(10),
    nonce: randomValue(10),
    response_type: 'code',
  };
  const entries = Object.entries({ ...usual, ...changes });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

async function send(
  { metadata }: Suite,
  { browser, request, method }: { browser: Browser; request: Record<string, string>; method: string },
): Promise<Page> {
  const url = new URL(metadata.authorization_endpoint);
  if (method === 'GET') {
    for (const [name, value] of Object.entries(request)) url.searchParams.set(name, value);
    return await browser.open(url);
  }
  // A page of the client's with a form that a browser sends.
  const entries = Object.entries(request);
  const form = { action: url.href, method: 'POST', entries, fields: request, buttons: [] };
  const blank = {
    status: 200,
    headers: new Headers(),
    html: '',
    text: '',
    links: [],
    hops: [],
    stopped: false,
  };
  return await browser.submit({ ...blank, url: new URL('https://first.example/'), forms: [form] });
}

async function answer({ world }: Suite, browser: Browser, page: Page): Promise<Page> {
  if (page.url.href.startsWith(world.lab.url)) return await browser.submit(page, { fields: { user: 'ada' } });
  const chooser = page.forms[0]?.action.endsWith('/connect');
  return await browser.submit(page, chooser ? { button: upstreamProvider } : {});
}
