import { beforeAll, expect, it } from 'vitest';
import { schemeOf } from '../../src/connectors/contract/transport.ts';
import type { ProviderToken } from '../../src/demo/broker-api.ts';
import { callProvider } from '../../src/demo/call-provider.ts';
import { canCall, providerRequest } from '../../src/demo/provider-calls.ts';
import type { Connection } from '../../src/login/connections.ts';
import { depart, finish } from '../connectors/provider-world.ts';
import { createWorld } from '../support/world.ts';

// Every provider of the lab answers the API call that the demo makes, as the token answer describes its use.

let connections: readonly Connection[];
beforeAll(async () => {
  const { broker } = await createWorld({ providers: 'all' });
  connections = (await broker.connections.all()).filter(({ connector }) => canCall(connector.provider));
});

/** The token as `/v1/me/identities/{ref}/token` returns it. */
async function tokenOf({ alias, upstream, connector, registration }: Connection): Promise<ProviderToken> {
  const { url, verifier, nonce } = await depart(upstream);
  url.searchParams.set('lab_user', 'lin');
  url.searchParams.set('lab_auto', '1');
  const headers: Record<string, string> = connector.inApp?.only ? { 'user-agent': 'MicroMessenger/8.0' } : {};
  const response = await fetch(url, { redirect: 'manual', headers });
  const location = response.headers.get('location');
  const back = location === null ? await postedBack(response) : new URL(location).searchParams;
  const code = back.get(connector.callback?.code ?? 'code') ?? '';
  const iss = back.get('iss') ?? undefined;
  const callback = Object.fromEntries(back);
  const { account, tokens } = await finish(upstream, { code, iss, verifier, nonce, callback });
  const { transport, provider } = connector;
  return {
    access_token: tokens.accessToken.reveal(),
    expires_at: null,
    scope: '',
    identity: { id: 'idn_1', connection: alias, provider, subject: account.subject },
    parameters: { ...tokens.parameters },
    usage: {
      transport: transport.in,
      name: transport.name,
      scheme: schemeOf(transport),
      headers: { ...transport.headers?.(registration) },
      api_base: registration.endpoints.api,
    },
  };
}

async function postedBack(response: Response): Promise<URLSearchParams> {
  const fields = [...(await response.text()).matchAll(/name="([^"]+)" value="([^"]*)"/g)];
  return new URLSearchParams(fields.map(([, name = '', value = '']) => [name, value]));
}

it('a call to each provider is answered with the person', { timeout: 60_000 }, async () => {
  expect(connections.length).toBeGreaterThan(40);
  const wrong: unknown[] = [];
  for (const connection of connections) {
    const asked = providerRequest(await tokenOf(connection));
    const answer = asked && (await callProvider(asked));
    const failed = answer?.status !== 200 || /"(error|errcode|errorCode)": ?("|[1-9])/.test(answer.text);
    if (failed)
      wrong.push([
        connection.alias,
        asked?.url.href.slice(0, 120),
        answer?.status,
        answer?.text.slice(0, 160),
      ]);
  }
  expect(wrong).toEqual([]);
});
