import { withoutParameters } from '../../issuance/registry/proxy-rules.ts';
import { Problem } from '../../kit/problem.ts';

// The only place where an app's input becomes part of an address that a provider's token is sent to.

export interface Target {
  readonly url: URL;
  /** The path below the API's base in every reading that a server may give it; the policy must allow each. */
  readonly readings: readonly string[];
}

export interface WrittenPath {
  readonly path: string;
  readonly query: string;
  /** The provider treats an encoded slash as part of a name, so the path has one reading only. */
  readonly slashInNames?: boolean | undefined;
}

/** RFC 3986 section 3.3; encoded characters stay encoded. */
const segment = /^(?:[\w\-.~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+$/;
/** A dot, a backslash, a percent sign or a control character in encoded form. */
const disguised = /%(?:2[e5]|5c|[01][0-9a-f]|7f)/i;
const encodedSlash = /%2f/gi;
/** Some servers decode a path before they look for its end. */
const encodedEnd = /%(?:3f|23)/i;
const dots = /^\.{0,2}$/;

/**
 * Returns the address of a call. @throws Problem invalid_request for a path that leads, or may be read as leading, to another
 * place
 */
export function targetOf(api: string, { path, query, slashInNames = false }: WrittenPath): Target {
  const decoded = path.replace(encodedSlash, '/');
  if (!isPlainPath(decoded) || decoded.endsWith('/') !== path.endsWith('/') || !isUtf8(path)) throw refused();
  const base = new URL(api);
  const basePath = base.pathname.replace(/\/$/, '');
  const url = new URL(base.origin);
  url.pathname = basePath + path;
  url.search = query;
  // The final check, whatever the rules above missed: the URL must have the host and the path that were
  // meant.
  if (url.origin !== base.origin || url.pathname !== basePath + path || url.username || url.hash)
    throw refused();
  return { url, readings: readingsOf(url.pathname.slice(basePath.length), slashInNames) };
}

function readingsOf(path: string, slashInNames: boolean): readonly string[] {
  const slashes = slashInNames ? [path] : [path, path.replace(encodedSlash, '/')];
  return [...new Set(slashes.flatMap((reading) => [reading, reading.split(encodedEnd)[0] ?? '']))];
}

function isPlainPath(path: string): boolean {
  const [root, ...segments] = path.split('/');
  // Some APIs insist on one trailing slash.
  const inner = segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  const allPlain = inner.every(
    (part) => segment.test(part) && !disguised.test(part) && !dots.test(withoutParameters(part)),
  );
  // Without a slash before it, `@` would turn everything before it into a user name.
  return root === '' && allPlain && !inner[0]?.includes('@');
}

/** RFC 3629 section 10: overlong sequences are another encoding of slashes and dots. */
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
