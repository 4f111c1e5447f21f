interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
}

/** The cookies that a browser stores from Set-Cookie: by host name (ports share cookies), path and expiry. */
export interface CookieJar {
  take(url: URL, headers: Headers): void;
  header(url: URL): string | undefined;
  get(name: string): string | undefined;
  clear(): void;
}

export function createCookieJar(): CookieJar {
  let cookies: readonly Cookie[] = [];
  return {
    take(url, headers) {
      for (const line of headers.getSetCookie()) {
        const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
        const [name = '', ...value] = pair.split('=');
        const given = new Map(attributes.map((attribute) => splitAttribute(attribute)));
        const path = given.get('path') ?? url.pathname.replace(/\/[^/]*$/, '') ?? '/';
        const cookie = { name, value: value.join('='), host: url.hostname, path: path || '/' };
        cookies = cookies.filter((known) => !isSame(known, cookie));
        if (!isOver(given)) cookies = [...cookies, cookie];
      }
    },
    header(url) {
      const sent = cookies
        .filter(({ host, path }) => host === url.hostname && covers(path, url.pathname))
        .sort((one, other) => other.path.length - one.path.length);
      return sent.length > 0 ? sent.map(({ name, value }) => `${name}=${value}`).join('; ') : undefined;
    },
    get: (name) => cookies.find((cookie) => cookie.name === name)?.value,
    clear() {
      cookies = [];
    },
  };
}

function splitAttribute(attribute: string): [string, string] {
  const [name = '', ...value] = attribute.split('=');
  return [name.toLowerCase(), value.join('=')];
}

function isSame(one: Cookie, other: Cookie): boolean {
  return one.name === other.name && one.host === other.host && one.path === other.path;
}

function isOver(attributes: ReadonlyMap<string, string>): boolean {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = attributes.get('expires');
  return expires !== undefined && Date.parse(expires) <= Date.now();
}

// RFC 6265 section 5.1.4: the path match.
function covers(path: string, asked: string): boolean {
  return asked === path || (asked.startsWith(path) && (path.endsWith('/') || asked[path.length] === '/'));
}
