import { isDeepStrictEqual } from 'node:util';
import type { Connector } from '../connectors/contract/contract.ts';
import { type Options, optionsOf } from '../connectors/contract/options.ts';
import { connectionOptionFaults } from '../connectors/engine/authorize-parameters.ts';
import { applyOptions } from '../connectors/engine/connection-traits.ts';
import { findConnector } from '../connectors/registry.ts';
import { Problem } from '../kit/problem.ts';

export interface SplitOptions {
  readonly plain: Options;
  readonly secret: Options;
}

/** The options to change; null resets one to its default. */
export type OptionsInput = Readonly<Record<string, string | null>>;

/**
 * Merges `input` into the stored options and splits them by secrecy.
 * @throws Problem invalid_body when an option is unknown or malformed
 */
export function enteredOptions(connector: Connector, input: OptionsInput, stored: Options): SplitOptions {
  const merged = Object.fromEntries(
    Object.entries({ ...stored, ...input }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  const faults = connectionOptionFaults(requireConnector(connector.provider), merged);
  if (faults.length > 0) throw new Problem('invalid_body', { detail: faults.join(' ') });
  const isSecret = (name: string) => connector.options?.[name]?.secret === true;
  const ofSecrecy = (secret: boolean) =>
    Object.fromEntries(Object.entries(merged).filter(([name]) => isSecret(name) === secret));
  return { plain: ofSecrecy(false), secret: ofSecrecy(true) };
}

/** Returns true if the given options lead to other endpoints or another issuer. */
export function changesEndpoints(connector: Connector, entered: Options | undefined): boolean {
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
