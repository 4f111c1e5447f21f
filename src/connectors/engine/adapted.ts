import type { Connector } from '../contract/contract.ts';
import type { Options } from '../contract/options.ts';

/** A connector as the options of a connection make it. */
export function adapted(connector: Connector, options: Options): Connector {
  const { endpoints, ...traits } = connector.forOptions?.(options) ?? {};
  return { ...connector, ...traits, endpoints: { ...connector.endpoints, ...endpoints } };
}
