import { asObject, type Json, tryParse } from '../../kit/exact-json.ts';
import type { Traits } from './contract.ts';
import type { Options, OptionTrait } from './options.ts';
import type { Registration } from './registration.ts';
import type { HttpAnswer, HttpRequest, RewriteContext, RewrittenRequest } from './rewrite.ts';

// Requests to the token endpoint that differ from RFC 6749, as options of a connection: further parameters and headers, JSON or a
// query in the place of a form, other names of the parameters, an answer within another one.

const pair = String.raw`[\w.-]{1,64}=(?:[\w.~/:+-]|%(?!7[Ff])[2-7][0-9A-Fa-f]){0,200}`;
const header = String.raw`[A-Za-z][\w-]{0,63}=(?:[\w.~/;:-]|%(?!7[Ff])[2-7][0-9A-Fa-f])*`;
/** Those that the broker sends itself, and that decide to whom a token is issued. */
const reserved =
  'grant_type|code|code_verifier|redirect_uri|refresh_token|client_id|client_secret|client_assertion|client_assertion_type|scope';

export const tokenRequestOptions = {
  token_parameters: {
    about:
      'The additional parameters of every request to the token endpoint, as in a query: expires_in=1800&audience=api. Those of the broker itself cannot be replaced.',
    pattern: new RegExp(`^(?!(?:.*&)?(?:${reserved})=)${pair}(?:&${pair}){0,9}$`),
  },
  token_headers: {
    about:
      'The additional headers of every request to the token endpoint: X-Version=2&User-Agent=Symbolon. A space is %20.',
    pattern: new RegExp(
      `^(?!(?:.*&)?(?:authorization|host|content-type|content-length|cookie)=)${header}(?:&${header}){0,9}$`,
      'i',
    ),
  },
  token_body: {
    about: 'The form in which parameters are sent to the token endpoint. `query` sends a GET request.',
    values: ['form', 'json', 'query'],
    default: 'form',
  },
  token_path: {
    about: 'The path to the object with the tokens in the answer, where it is not at the top: body',
    pattern: /^[\w-]{1,64}(\.[\w-]{1,64}){0,3}$/,
  },
  parameter_names: {
    about:
      'Other names of parameters of the authorize request and of the token endpoint: client_id=app_id&client_secret=app_secret',
    pattern: /^[a-z_]{1,64}=[\w-]{1,64}(&[a-z_]{1,64}=[\w-]{1,64}){0,5}$/,
  },
  refresh_scope: {
    about:
      'With `on`, a refresh repeats the scopes of the connection, which some providers require and others refuse.',
    values: ['on', 'off'],
    default: 'off',
  },
} satisfies Record<string, OptionTrait>;

type Own = { readonly [name in keyof typeof tokenRequestOptions]?: string };

/** Returns the traits that follow from these options. */
export function tokenRequestTraits(
  options: Options,
  separator: string,
): Pick<Traits, 'rewrite' | 'rewriteAuthorizeUrl'> {
  const own: Own = options;
  const renamed = [...new URLSearchParams(own.parameter_names ?? '')];
  return {
    ...(renamed.length > 0 && { rewriteAuthorizeUrl: (url) => withNames(url, renamed) }),
    rewrite: {
      request: (request, registration, context) =>
        rewriteRequest(request, { own, renamed, separator, registration, context }),
      ...(own.token_path !== undefined && {
        response: (answer) => inner(answer, own.token_path ?? ''),
      }),
    },
  };
}

interface About {
  readonly own: Own;
  readonly renamed: readonly (readonly [string, string])[];
  readonly separator: string;
  readonly registration: Registration;
  readonly context: RewriteContext;
}

function rewriteRequest(request: HttpRequest, about: About): RewrittenRequest {
  const { own, renamed, separator, registration, context } = about;
  const { endpoints, scopes } = registration;
  const isRefresh = context.step === 'refresh';
  const url = new URL(isRefresh && endpoints.refresh ? endpoints.refresh : request.url);
  const headers = new Headers(request.headers);
  for (const [name, value] of new URLSearchParams(own.token_headers ?? '')) headers.set(name, value);
  const body = new URLSearchParams(request.body);
  for (const [name, value] of new URLSearchParams(own.token_parameters ?? ''))
    if (!body.has(name)) body.set(name, value);
  if (isRefresh && own.refresh_scope === 'on' && !body.has('scope') && scopes.length > 0)
    body.set('scope', scopes.join(separator));
  const form = new URLSearchParams([...body].map(([name, value]) => [nameOf(name, renamed), value]));
  if (own.token_body === 'query') {
    for (const [name, value] of form) url.searchParams.set(name, value);
    headers.delete('content-type');
    return { method: 'GET', url, headers, body: new URLSearchParams() };
  }
  if (own.token_body !== 'json') return { ...request, url, headers, body: form };
  headers.set('content-type', 'application/json');
  return { ...request, url, headers, body: JSON.stringify(Object.fromEntries(form)) };
}

function nameOf(name: string, renamed: About['renamed']): string {
  return renamed.find(([usual]) => usual === name)?.[1] ?? name;
}

function withNames(url: URL, renamed: About['renamed']): URL {
  const other = new URL(url);
  other.search = new URLSearchParams(
    [...url.searchParams].map(([name, value]) => [nameOf(name, renamed), value]),
  ).toString();
  return other;
}

/** Returns the answer whose object stands at this path. One without it, such as a refusal, stays as it is. */
function inner(answer: HttpAnswer, where: string): HttpAnswer {
  const found = where
    .split('.')
    .reduce<Json | undefined>((value, name) => asObject(value)?.[name], tryParse(answer.text));
  const object = asObject(found);
  return object ? { ...answer, text: JSON.stringify(object) } : answer;
}
