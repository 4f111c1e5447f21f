import { Problem } from '../../kit/problem.ts';

// The one place where an app's words become part of an address that a provider's token is sent to.

export interface Target {
  readonly url: URL;
  /** Below the API's base, in every way in which a server may read it: policy must allow each. */
  readonly readings: readonly string[];
}

export interface Written {
  readonly path: string;
  readonly query: string;
  /** The provider takes an encoded slash for a part of a name, so that it has one reading only. */
  readonly slashInNames?: boolean | undefined;
}

/** RFC 3986 section 3.3; what is encoded stays encoded. */
const segment = /^(?:[\w\-.~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+$/;
/** A dot, a backslash, a percent sign or a control character in disguise. */
const disguised = /%(?:2[e5]|5c|[01][0-9a-f]|7f)/i;
const encodedSlash = /%2f/gi;
/** Servers that know path parameters read `..;x` as `..`. */
const dots = /^\.{1,2}(;.*)?$/;

/** @throws Problem invalid_request for a path that means, or may be taken to mean, another place. */
export function targetOf(api: string, { path, query, slashInNames = false }: Written): Target {
  const decoded = path.replace(encodedSlash, '/');
  if (!isPlace(decoded) || decoded.endsWith('/') !== path.endsWith('/') || !isUtf8(path)) throw refused();
  const base = new URL(api);
  const basePath = base.pathname.replace(/\/$/, '');
  const url = new URL(base.origin);
  url.pathname = basePath + path;
  url.search = query;
  // Whatever the rules above have missed: what will be asked for is what was written, at the host it was meant for.
  if (url.origin !== base.origin || url.pathname !== basePath + path || url.username || url.hash)
    throw refused();
  return { url, readings: slashInNames || decoded === path ? [path] : [path, decoded] };
}

function isPlace(path: string): boolean {
  const [root, ...segments] = path.split('/');
  // One slash at the end is a spelling that some APIs insist on.
  const inner = segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  const fit = inner.every((part) => segment.test(part) && !disguised.test(part) && !dots.test(part));
  // Without a slash before it, `@` would make all that comes before a user name.
  return root === '' && fit && !inner[0]?.includes('@');
}

/** RFC 3629 section 10: overlong sequences are another disguise of slashes and dots. */
function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function refused(): Problem {
  return new Problem('invalid_request', { detail: 'This path is not allowed.' });
}
