import { z } from 'zod';
import type { Connector } from '../connectors/contract/contract.ts';
import { findConnector } from '../connectors/registry.ts';
import { newConnection } from '../login/connection-input.ts';

const form = z.record(z.string(), z.string().max(8192).trim()).catch({});

/** The beginnings of the names of the fields for options and for addresses. */
export const optionField = 'option.';
export const endpointField = 'endpoint.';

export interface SetupForm {
  readonly connector: Connector | undefined;
  /** Undefined if a field is at fault. */
  readonly input: z.output<typeof newConnection> | undefined;
  readonly faults: readonly string[];
}

/** Returns the connection that a posted form describes. Empty fields count as absent. The alias is the provider's name. */
export function readSetupForm(body: unknown): SetupForm {
  const given = Object.fromEntries(Object.entries(form.parse(body)).filter(([, value]) => value !== ''));
  const connector = findConnector(given.provider ?? '');
  if (!connector) return { connector, input: undefined, faults: [] };
  const under = (prefix: string) =>
    Object.fromEntries(
      Object.entries(given).flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
      ),
    );
  const parsed = newConnection.safeParse({
    alias: connector.provider,
    provider: connector.provider,
    client_id: given.client_id,
    client_secret: given.client_secret,
    endpoints: under(endpointField),
    options: under(optionField),
  });
  const faults = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return { connector, input: parsed.data, faults };
}
