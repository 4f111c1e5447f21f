import { randomBytes } from 'node:crypto';
import { type Browser, createBrowser, type Page } from '../../support/browser.ts';
import type { Client, Suite } from './suite.ts';

/** An authorization request, and the pages and answers that followed. */
export interface Authorization {
  readonly client: Client;
  readonly request: Readonly<Record<string, string>>;
  readonly browser: Browser;
  /** The URL at which it ended: the client's callback, or a page of the provider. */
  readonly page: Page;
  /** The parameters at the client's redirect URI, if it was called. */
  readonly callback: URLSearchParams | undefined;
  /** The broker's sign-in page, if it was shown. */
  readonly signInPage: Page | undefined;
  /** The upstream authorization requests. */
  readonly upstream: readonly URL[];
}

export interface Ask {
  readonly client?: Client;
  readonly browser?: Browser;
  /** Replaces parameters of the usual request; undefined leaves one out. */
  readonly request?: Readonly<Record<string, string | undefined>>;
  readonly method?: 'GET' | 'POST';
}

const upstreamProvider = 'yahoo-japan';

/** Sends a browser with an authorization request, and answers every page that follows. */
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

/** 128 characters, for modules that check that a long value survives. */
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
  // A page of the client with a form that the browser submits.
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
