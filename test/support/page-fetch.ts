/** Returns a fetch for a page of an origin, which keeps the rules of browsers (Fetch Standard, CORS protocol). */
export function pageFetch(origin: string): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    await preflight(request, origin);
    const headers = new Headers(request.headers);
    headers.set('origin', origin);
    const response = await fetch(input, { ...init, headers });
    requireOrigin(response, origin);
    const exposed = namesIn(response.headers.get('access-control-expose-headers'));
    const readable = [...response.headers].filter(
      ([name]) => readableByAll.has(name) || exposed.includes(name),
    );
    return new Response(response.body, { status: response.status, headers: readable });
  };
}

const readableByAll = new Set([
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
]);
const simpleTypes = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/;

async function preflight({ url, method, headers }: Request, origin: string): Promise<void> {
  const asked = [...headers].flatMap(([name, value]) => {
    const isSimple =
      ['accept', 'accept-language', 'content-language'].includes(name) ||
      (name === 'content-type' && simpleTypes.test(value));
    return isSimple ? [] : [name];
  });
  const isSimple = ['GET', 'HEAD', 'POST'].includes(method);
  if (isSimple && asked.length === 0) return;
  const answer = await fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(asked.length > 0 && { 'access-control-request-headers': asked.join(',') }),
    },
  });
  requireOrigin(answer, origin);
  const sent = namesIn(answer.headers.get('access-control-allow-headers'));
  const refused = asked.filter((name) => !sent.includes(name));
  const methods = namesIn(answer.headers.get('access-control-allow-methods'));
  if (!isSimple && !methods.includes(method.toLowerCase())) refused.push(method);
  if (!answer.ok || refused.length > 0)
    throw new TypeError(`the preflight of ${method} ${url} refuses ${refused.join(', ')} (${answer.status})`);
}

function requireOrigin({ headers, status }: Response, origin: string): void {
  const allowed = headers.get('access-control-allow-origin');
  if (headers.has('access-control-allow-credentials')) throw new Error('cookies must not be allowed');
  if (allowed !== '*' && allowed !== origin)
    throw new TypeError(`${origin} may not read the answer (${status})`);
}

function namesIn(list: string | null): readonly string[] {
  return (list ?? '').split(',').map((name) => name.trim().toLowerCase());
}
