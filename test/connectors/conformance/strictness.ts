import { describe, expect, it } from 'vitest';
import type { Asked, Conformance, Room } from '../conformance.ts';
import { finish, type OutboundRequest as Request } from '../provider-world.ts';

/** A lab that accepts requests the real provider would refuse hides faults of the connector. */
export function strictness({ exchange, renewal }: Conformance, room: Room): void {
  /**
   * The parameters that the lab does not require. A refused attempt uses nothing up, so the last one must
   * succeed.
   */
  async function leniencies({ params, path }: Asked, again: () => Promise<() => Promise<unknown>>) {
    const sent = await recorded(path, await again());
    const lenient: string[] = [];
    let act = await again();
    for (const name of [...params, ...credentials])
      for (const change of changes) {
        if (!changed(sent, name, change)) continue;
        const before = room().minted().length;
        const whole = (request: Request) =>
          request.url.pathname === path ? changed(request, name, change) : undefined;
        room().tamper((request) => whole(request) ?? request);
        const works = await act().then(
          () => true,
          () => room().minted().length > before,
        );
        room().tamper(undefined);
        if (!works) continue;
        lenient.push(change === missing ? `without ${name}` : `another ${name}`);
        act = await again();
      }
    await act();
    return lenient;
  }

  async function recorded(path: string, act: () => Promise<unknown>): Promise<Request> {
    const seen: Request[] = [];
    room().tamper((request) => {
      if (request.url.pathname === path) seen.push(request);
      return request;
    });
    await act();
    room().tamper(undefined);
    const [first] = seen;
    if (!first) throw new Error(`nothing was asked at ${path}`);
    return first;
  }

  describe('the lab', () => {
    it('refuses a code if a parameter is missing or wrong', async () => {
      const found = await leniencies(exchange, async () => {
        const run = await room().approved('lin');
        return () => finish(room().upstream, run);
      });
      expect(found).toEqual(exchange.tolerated ?? []);
    });

    if (renewal?.how === 'refresh_token')
      it('refuses a refresh token if a parameter is missing or wrong', async () => {
        let people = 0;
        // Some providers give a refresh token with a person's first consent only.
        const found = await leniencies(renewal.asked, async () => {
          const { tokens } = await room().arrive(`visitor-${++people}`);
          return () => room().upstream.refresh(tokens);
        });
        expect(found).toEqual(renewal.asked.tolerated ?? []);
      });
  });
}

const missing = () => undefined;
const another = (value: string) => `x${value}`;
const changes = [missing, another];

/** The headers that authenticate the client. */
const credentials = ['authorization', 'secret_key'];

/** Returns the request with one parameter removed or changed; undefined if it has none of that name. */
function changed(
  { url, init }: Request,
  name: string,
  change: (value: string) => string | undefined,
): Request | undefined {
  const { body } = init;
  const headers = new Headers(init.headers);
  const given = headers.get(name);
  if (given !== null && credentials.includes(name)) {
    headers.delete(name);
    const value = change(given);
    if (value !== undefined) headers.set(name, value);
    return { url, init: { ...init, headers } };
  }
  if (url.searchParams.has(name)) {
    const elsewhere = new URL(url);
    alter(elsewhere.searchParams, name, change);
    return { url: elsewhere, init };
  }
  if (body instanceof URLSearchParams && body.has(name)) {
    const form = new URLSearchParams(body);
    alter(form, name, change);
    return { url, init: { ...init, body: form } };
  }
  const json = typeof body === 'string' ? (JSON.parse(body) as Record<string, string>) : {};
  const value = json[name];
  if (value === undefined) return undefined;
  return { url, init: { ...init, body: JSON.stringify({ ...json, [name]: change(value) }) } };
}

function alter(all: URLSearchParams, name: string, change: (value: string) => string | undefined): void {
  const value = change(all.get(name) ?? '');
  all.delete(name);
  if (value !== undefined) all.set(name, value);
}
