import type { Connector, Traits } from '../contract/contract.ts';
import type { Options } from '../contract/options.ts';

/** Returns the connector with the traits that follow from a connection's options. */
export function applyOptions(connector: Connector, options: Options): Connector {
  const { endpoints, ...traits } = connector.forOptions?.(options) ?? {};
  return { ...connector, ...traits, endpoints: { ...connector.endpoints, ...endpoints } };
}

/** Returns the names of the addresses that a connection at this provider must give and has not given. */
export function missingEndpoints(
  { perConnection = [] }: Pick<Traits, 'perConnection'>,
  given: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return perConnection.filter((name) => given[name] === undefined);
}
