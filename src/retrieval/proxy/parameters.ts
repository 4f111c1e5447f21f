import { asObject, tryParse } from '../../kit/exact-json.ts';
import { Problem } from '../../kit/problem.ts';
import type { Upload } from './body.ts';

// Parameters that would override the broker's part of the call: the token's own name, or a method override.

/** Names by which a request claims another method than its own, e.g. `_HttpMethod`. `httpMethod` alone is plain data. */
const overriding =
  /^(?:[^a-z0-9]+http[^a-z0-9]*method|x[^a-z0-9]*http[^a-z0-9]*method|[^a-z]*x?[^a-z]*restli[^a-z0-9]*method|.*method[^a-z0-9]*override)/i;
const methods = /^(get|head|post|put|patch|delete|options)$/i;

/** Checks the query as it is sent. @throws Problem */
export function checkQuery(search: string, tokenName: string | undefined): void {
  check(readForm(search), tokenName);
}

/** Returns the body. A body too large to be kept is checked while it streams. @throws Problem */
export function checkBody(upload: Upload, headers: Headers, tokenName: string | undefined): Upload {
  const kind = /urlencoded|json|multipart/i.exec(headers.get('content-type') ?? '')?.[0].toLowerCase();
  if (upload.kind === 'none' || kind === undefined) return upload;
  const encoding = headers.get('content-encoding') ?? '';
  if (!/^(identity)?$/i.test(encoding)) throw refused('A body of this type must not be encoded.');
  if (upload.kind === 'kept') check(parametersIn(upload.bytes, kind), tokenName);
  else if (kind === 'urlencoded') throw new Problem('payload_too_large');
  else return { kind: 'stream', chunks: watched(upload.chunks) };
  return upload;
}

type Parameters = Iterable<readonly [string, unknown]>;

/** Returns the parameters of a query or form. Some servers separate them by semicolons too. */
function readForm(text: string): Parameters {
  return [...new URLSearchParams(text), ...new URLSearchParams(text.replaceAll(';', '&'))];
}

function parametersIn(bytes: Uint8Array, kind: string): Parameters {
  const text = new TextDecoder().decode(bytes);
  if (kind === 'urlencoded') return readForm(text);
  if (kind === 'json') return membersOf(text);
  return [...fieldsOf(text.split(/\r\n|\n|\r/))];
}

/** Some servers read what is no JSON here: comments, commas too many, single quotes, or UTF-16. */
function membersOf(text: string): Parameters {
  const json = tryParse(text);
  if (json !== undefined) return Object.entries(asObject(json) ?? {});
  const loose = text.replaceAll('\0', '').matchAll(/([$\w-]{1,64})["']?\s{0,64}:\s{0,64}["']?(\w{0,16})/g);
  return Array.from(loose, ([, name = '', value = '']) => [name, value] as const);
}

/** Yields the names in the heads of multipart parts, each with the line after its head. Each line is read once. */
function* fieldsOf(lines: readonly string[]): Generator<readonly [string, string]> {
  let names: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line !== '') {
      for (const [, name = ''] of line.matchAll(/\bname(?:\*=[\w-]*'[\w-]*'|="?)([^";]*)/gi))
        names.push(plainName(name));
      continue;
    }
    const value = lines[index + 1] ?? '';
    for (const name of names) yield [name, value];
    names = [];
  }
}

/** RFC 5987 section 3.2: a name may be percent-encoded. */
function plainName(name: string): string {
  return name.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function check(parameters: Parameters, tokenName: string | undefined): void {
  const token = tokenName && folded(tokenName);
  for (const [written, value] of parameters) {
    // UTF-16, read byte by byte.
    const name = written.replaceAll('\0', '');
    if (token && folded(name) === token) throw refused('The token is added by the broker.');
    if (claimsMethod(name, value)) throw otherMethod();
  }
}

/** Some servers read these signs in the name of a parameter as an underscore, or ignore what follows a bracket. */
function folded(name: string): string {
  return name.trim().toLowerCase().replace(/\[.*$/s, '').replace(/[. -]/g, '_');
}

/** The plain word `method` also names other things, so that its value decides. */
function claimsMethod(name: string, value: unknown): boolean {
  if (overriding.test(name)) return true;
  const bare = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    bare === 'method' && [value].flat().some((one) => typeof one === 'string' && methods.test(one.trim()))
  );
}

const streamedOverride =
  /\bname="?(?:[$_]?method|[$_]http-?method|x-http-?method|[\w-]{0,16}method-?override)"?\s*[;\r\n]|"[$_](?:http)?method"\s*:/i;

/** Passes the chunks on, and fails at a method override. */
async function* watched(chunks: AsyncIterable<Uint8Array>) {
  // A match may begin at the end of the previous chunk.
  let previousEnd = '';
  for await (const chunk of chunks) {
    const text = previousEnd + Buffer.from(chunk).toString('latin1');
    if (streamedOverride.test(text)) throw otherMethod();
    previousEnd = text.slice(-64);
    yield chunk;
  }
}

function otherMethod(): Problem {
  return refused('A request cannot ask for another method than its own.');
}

function refused(detail: string): Problem {
  return new Problem('invalid_request', { detail });
}
