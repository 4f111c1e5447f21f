import { isDeepStrictEqual } from 'node:util';
import type { Connector } from '../connectors/contract/contract.ts';
import { type Options, optionsOf } from '../connectors/contract/options.ts';
import { applyOptions } from '../connectors/engine/connection-traits.ts';
import { findConnector } from '../connectors/registry.ts';
import { Problem } from '../kit/problem.ts';

/** Whether other addresses follow from options as they would stand. */
export function moves(connector: Connector, entered: Options | undefined): boolean {
  const declared = requireConnector(connector.provider);
  if (!entered) return false;
  const { endpoints, issuer } = applyOptions(declared, optionsOf(declared.options, entered));
  return !isDeepStrictEqual([endpoints, issuer], [connector.endpoints, connector.issuer]);
}

export function requireConnector(provider: string): Connector {
  const connector = findConnector(provider);
  if (!connector) throw new Problem('invalid_body', { detail: 'There is no such provider.' });
  return connector;
}
