import { z } from 'zod';
import type { Connector } from '../connectors/contract/contract.ts';
import { wordsOfScope } from '../connectors/contract/scope-words.ts';
import { findConnector, providers } from '../connectors/registry.ts';
import { type Operation, operation } from './operation.ts';

const text = z.object({ en: z.string(), zh: z.string() });

const providerAnswer = z
  .object({
    provider: z.string(),
    title: text,
    protocol: z.enum(['oauth2', 'oidc', 'tokenless']),
    scopes: z
      .array(
        z.object({
          name: z.string(),
          words: text.nullable().describe('What it allows; the sentence follows “may”'),
          usual: z.boolean().describe('Asked for where the connection names no scopes'),
        }),
      )
      .describe('Those that are known; a connection may name others'),
    options: z.array(
      z.object({
        name: z.string(),
        about: z.string(),
        default: z.string().nullable(),
        values: z.array(z.string()).nullable(),
        required: z.boolean(),
        secret: z.boolean(),
      }),
    ),
    needs_endpoints: z.array(z.string()).describe('Addresses that each connection gives'),
    discovers: z.boolean().describe('Further addresses are read from the issuer’s metadata'),
    needs_secret: z.boolean(),
    sign_in_by: z.enum(['redirect', 'code']).describe('code: only with a code from the SDK of the provider'),
    ends_grants: z.boolean().describe('A grant can be ended at the provider from here'),
    tells_unasked: z.boolean().describe('It sends messages, to the `signals_url` of a connection'),
    notes: z.string().describe('The page about its registration and its quirks, in the source'),
  })
  .meta({ id: 'Provider' });

/** The providers that a connection can be registered at. */
export function providerOperations(): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/providers',
      needs: 'configuration:read',
      tag: 'Connections',
      summary: 'List the providers there are connectors for',
      answer: z.object({ items: z.array(providerAnswer) }).meta({ id: 'ProviderList' }),
      status: 200,
      problems: [],
      handle: async () => ({
        items: providers.toSorted().flatMap((provider) => {
          const connector = findConnector(provider);
          return connector ? [describeProvider(connector)] : [];
        }),
      }),
    }),
  ];
}

function describeProvider(connector: Connector): z.input<typeof providerAnswer> {
  const { provider, title, family, scopes, scopeWords = {}, options = {} } = connector;
  const names = [...new Set([...scopes.default, ...Object.keys(scopeWords)])];
  return {
    provider,
    title: { ...title },
    protocol: family,
    scopes: names.map((name) => ({
      name,
      words: wordsOfScope(connector, name) ?? null,
      usual: scopes.default.includes(name),
    })),
    options: Object.entries(options).map(([name, option]) => ({
      name,
      about: option.about,
      default: option.default ?? null,
      values: option.values ? [...option.values] : null,
      required: option.required ?? false,
      secret: option.secret ?? false,
    })),
    needs_endpoints: [...(connector.perConnection ?? [])],
    discovers: connector.discovers ?? false,
    needs_secret: connector.clientAuthentication !== 'none' && !connector.mintClientSecret,
    sign_in_by: connector.signInBy ?? 'redirect',
    ends_grants: connector.revoke !== undefined || connector.endpoints.revocation !== undefined,
    tells_unasked: connector.signals !== undefined,
    notes: `docs/providers/${provider}.md`,
  };
}
