import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Conformance, Room } from '../conformance.ts';
import { depart } from '../provider-world.ts';

export function authorizeRequest(authorize: NonNullable<Conformance['authorize']>, room: Room): void {
  describe('the authorize request', () => {
    it('has the documented URL, parameters, order and fragment', async () => {
      const { url } = await depart(room().real);
      expect(url.origin + url.pathname).toBe(authorize.address);
      expect(url.hash).toBe(authorize.fragment ?? '');
      const sent = [...url.searchParams.keys()];
      const wanted = authorize.parameters.map(([name]) => name);
      if (authorize.ordered) expect(sent).toEqual(wanted);
      else expect(sent.toSorted()).toEqual(wanted.toSorted());
      for (const [name, value] of authorize.parameters) {
        const given = url.searchParams.get(name);
        if (typeof value === 'string') expect(given, name).toBe(value);
        else expect(given, name).toMatch(value);
      }
    });

    it('has the challenge of the stored verifier, or none', async () => {
      const { url, verifier } = await depart(room().real);
      const challenge = url.searchParams.get('code_challenge');
      if (room().connector.pkce === 'unsupported') {
        expect([verifier, challenge]).toEqual([undefined, null]);
        return;
      }
      expect(challenge).toBe(
        createHash('sha256')
          .update(verifier ?? '')
          .digest('base64url'),
      );
      const { verifier: next } = await depart(room().real);
      expect(next).not.toBe(verifier);
    });

    for (const { ask, adds } of authorize.asking ?? []) {
      it(`adds ${JSON.stringify(adds)} when asked for ${JSON.stringify(ask)}`, async () => {
        const { url } = await depart(room().real, ask);
        expect(Object.fromEntries(url.searchParams)).toMatchObject(adds);
      });
    }

    it('has the parameters of the connection’s own at its end, and none that stands for one of the broker’s', async () => {
      const at = async (authorize_parameters: string) => {
        const { real } = room().withOptions({ authorize_parameters });
        const { url } = await depart(real);
        return { url, sent: [...asked(url)] };
      };
      const plain = await at('x_own=a%20b');
      expect(plain.sent.at(-1)).toEqual(['x_own', 'a b']);
      const names = plain.sent.slice(0, -1).map(([name]) => name);
      const others = ['request', 'request_uri', 'Client_Id', 'redirect.uri', 'scope[]', 'state[0]', ' nonce'];
      const hostile = [...names, ...names.map((name) => name.toUpperCase()), ...others];
      const { url, sent } = await at(`${new URLSearchParams(hostile.map((name) => [name, 'evil']))}&x_own=1`);
      expect(sent.map(([name]) => name)).toEqual([...names, 'x_own']);
      expect(url.href).not.toContain('evil');
      expect([url.origin + url.pathname, url.hash.split('?')[0]]).toEqual([
        authorize.address,
        plain.url.hash.split('?')[0],
      ]);
    });

    it('has an untrusted login hint as plain text', async () => {
      const { url } = await depart(room().real, { loginHint: 'a&client_id=evil#x\r\nSet-Cookie: y=1 微信' });
      expect(url.origin + url.pathname).toBe(authorize.address);
      expect(url.href).not.toMatch(/[\r\n\s]/);
      for (const [name, values] of grouped(url)) expect(values, name).toHaveLength(1);
    });
  });
}

/** The parameters, which a page that is a script has in its fragment. */
function asked({ searchParams, hash }: URL): URLSearchParams {
  return hash.includes('?') ? new URLSearchParams(hash.slice(hash.indexOf('?') + 1)) : searchParams;
}

function grouped(url: URL): [string, string[]][] {
  return [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name)]);
}
