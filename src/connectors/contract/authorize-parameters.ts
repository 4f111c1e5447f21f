import type { Options, OptionTrait } from './options.ts';

/** For every connector with an authorize request. */
export const authorizeParametersOption: OptionTrait = {
  about:
    'The additional parameters of the authorize request, as in a query: audience=https://api.example&prompt=consent. A parameter that the broker sets itself is refused.',
  pattern: /^[\w.~%+:/-]+=[\w.~%+:/-]*(&[\w.~%+:/-]+=[\w.~%+:/-]*)*$/,
};

/**
 * The parameters that belong to the protocol (RFC 6749, RFC 7636, RFC 9101, RFC 9449, OpenID Connect Core), also where a
 * provider has another name for them or the broker sends none: a request object replaces the whole request.
 */
const ofTheProtocol = new Set([
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'dpop_jkt',
  'request',
  'request_uri',
  'registration',
]);

/**
 * Returns the name as a lenient server reads it: in any case, with an index, or with a dot for an underscore, as PHP does.
 * Two names that are equal so may set the same parameter.
 */
function canonical(name: string): string {
  const [bare = ''] = name.split('[', 1);
  return bare
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}

/** Returns the name of each parameter of an authorize URL, which may be in the fragment of a page that is a script. */
function namesIn({ searchParams, hash }: URL): readonly string[] {
  return [...searchParams.keys(), ...new URLSearchParams(queryOfHash(hash)).keys()];
}

function queryOfHash(hash: string): string {
  const at = hash.indexOf('?');
  return at < 0 ? '' : hash.slice(at + 1);
}

interface Further {
  readonly added: readonly (readonly [string, string])[];
  /** The names of those that the broker sets itself. */
  readonly refused: readonly string[];
}

/** Returns the connection's own parameters, by whether they may be added to this authorize URL. */
export function furtherParameters(url: URL, { authorize_parameters: given }: Options): Further {
  if (given === undefined) return { added: [], refused: [] };
  const taken = new Set(namesIn(url).map(canonical));
  const isTaken = ([name]: readonly [string, string]) => {
    const read = canonical(name);
    return read === '' || ofTheProtocol.has(read) || taken.has(read);
  };
  const all = [...new URLSearchParams(given)];
  return {
    added: all.filter((one) => !isTaken(one)),
    refused: [...new Set(all.filter(isTaken).map(([name]) => name))],
  };
}

/**
 * Returns the authorize URL with the connection's own parameters at its end. The rest stays as it was written, since some
 * providers read it to the letter.
 */
export function withFurtherParameters(url: URL, options: Options): URL {
  const { added } = furtherParameters(url, options);
  if (added.length === 0) return url;
  // A plus sign is a space in a form, and not in every query.
  const further = new URLSearchParams(added.map((one) => [...one])).toString().replaceAll('+', '%20');
  const extended = new URL(url);
  if (extended.hash.includes('?')) extended.hash += `&${further}`;
  else extended.search += `${extended.search === '' ? '' : '&'}${further}`;
  return extended;
}
