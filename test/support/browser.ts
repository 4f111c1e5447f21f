import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import { type Button, type Form, formsIn, linksIn, textOf } from './html-forms.ts';

/** A page that the browser has reached. */
export interface Page {
  /** The URL of the page, or of the redirect at which the browser stopped. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** The visible text. */
  readonly text: string;
  readonly forms: readonly Form[];
  readonly links: readonly { readonly href: string; readonly text: string }[];
  /** The redirects that led here. */
  readonly hops: readonly Hop[];
  /** True if it stopped before a redirect to one of the `stopAt` URLs. */
  readonly stopped: boolean;
}

export interface Hop {
  readonly status: number;
  readonly from: string;
  readonly to: string;
  readonly headers: Headers;
}

export interface Submission {
  /** The index of the form, from zero; the default is the first. */
  readonly form?: number;
  /** The button, by its value, name or text; the default is the first. */
  readonly button?: string;
  /** Further fields, or other values. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A browser without JavaScript: follows redirects, keeps cookies, sends forms. */
export interface Browser {
  open(url: string | URL, headers?: Readonly<Record<string, string>>): Promise<Page>;
  submit(page: Page, submission?: Submission): Promise<Page>;
  readonly cookies: CookieJar;
}

export interface BrowserOptions {
  /** The prefixes of URLs at which redirects are not followed, such as an app's callback. */
  readonly stopAt?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the global one. */
  readonly fetch?: (url: URL, init: RequestInit) => Promise<Response>;
}

const mostRedirects = 20;

export function createBrowser({
  stopAt = [],
  headers: always = {},
  fetch: sendOne = fetch,
}: BrowserOptions = {}): Browser {
  const cookies = createCookieJar();

  const send = async (url: URL, init: RequestInit): Promise<Response> => {
    const cookie = cookies.header(url);
    const headers = { accept: 'text/html,*/*;q=0.8', ...always, ...init.headers, ...(cookie && { cookie }) };
    const response = await sendOne(url, { ...init, headers, redirect: 'manual' });
    cookies.take(url, response.headers);
    return response;
  };

  const go = async (start: URL, init: RequestInit): Promise<Page> => {
    const hops: Hop[] = [];
    let url = start;
    let response = await send(url, init);
    while (response.status >= 300 && response.status < 400 && response.headers.has('location')) {
      const target = new URL(response.headers.get('location') ?? '', url);
      hops.push({ status: response.status, from: url.href, to: target.href, headers: response.headers });
      await response.body?.cancel();
      if (stopAt.some((prefix) => target.href.startsWith(prefix)))
        return pageOf(target, response, hops, true);
      if (hops.length > mostRedirects) throw new Error(`too many redirects, the last one to ${target.href}`);
      url = target;
      response = await send(url, { method: 'GET' });
    }
    return pageOf(url, response, hops, false);
  };

  return {
    cookies,
    open: (url, headers = {}) => go(new URL(url), { headers }),
    submit(page, { form: index = 0, button, fields = {}, headers = {} } = {}) {
      const form = page.forms[index];
      if (!form)
        throw new Error(`no form ${index} on ${page.url.href} (${page.status}): ${page.text.slice(0, 300)}`);
      const pressed = buttonOf(form, button);
      const body = new URLSearchParams(form.entries.map(([name, value]): [string, string] => [name, value]));
      if (pressed?.name) body.set(pressed.name, pressed.value);
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      const target = new URL(form.action || page.url.href, page.url);
      if (form.method === 'GET') {
        target.search = body.toString();
        return go(target, { headers });
      }
      return go(target, { method: 'POST', body, headers });
    },
  };
}

function buttonOf({ buttons }: Form, wanted: string | undefined): Button | undefined {
  if (wanted === undefined) return buttons[0];
  const found = buttons.find(({ name, value, text }) => [value, name, text].includes(wanted));
  if (!found) throw new Error(`no button ${wanted} among ${buttons.map(({ text }) => text).join(', ')}`);
  return found;
}

async function pageOf(url: URL, response: Response, hops: readonly Hop[], stopped: boolean): Promise<Page> {
  const html = stopped ? '' : await response.text();
  const { status, headers } = response;
  return {
    url,
    status,
    headers,
    html,
    text: textOf(html),
    forms: formsIn(html),
    links: linksIn(html),
    hops,
    stopped,
  };
}
