import type { Connector } from '../connectors/contract/contract.ts';
import { type Options, optionFaults } from '../connectors/contract/options.ts';
import { Problem } from '../kit/problem.ts';

export interface SplitOptions {
  readonly plain: Options;
  readonly secret: Options;
}

/** Null takes an option back to its default. */
export type OptionsInput = Readonly<Record<string, string | null>>;

/** The options as they stand once `input` is entered over those that are kept. @throws Problem */
export function enteredOptions(connector: Connector, input: OptionsInput, kept: Options): SplitOptions {
  const standing = Object.fromEntries(
    Object.entries({ ...kept, ...input }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  const faults = optionFaults(connector.options, standing);
  if (faults.length > 0) throw new Problem('invalid_body', { detail: faults.join(' ') });
  const isSecret = (name: string) => connector.options?.[name]?.secret === true;
  const those = (secret: boolean) =>
    Object.fromEntries(Object.entries(standing).filter(([name]) => isSecret(name) === secret));
  return { plain: those(false), secret: those(true) };
}
