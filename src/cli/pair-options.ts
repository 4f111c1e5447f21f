import type { Command } from 'commander';

/** Tells a pair of an option from a file name with an equals sign. */
type IsPair = (value: string) => boolean;

const alias = /^[a-z0-9-]+$/;

/** Returns whether the value is NAME=ALIAS. A name in an export may contain an equals sign; an alias never does. */
export const endsInAlias: IsPair = (value) =>
  value.lastIndexOf('=') > 0 && alias.test(value.slice(value.lastIndexOf('=') + 1));

/** Returns whether the value is ALIAS=VALUE. */
export const beginsWithAlias: IsPair = (value) =>
  value.includes('=') && alias.test(value.slice(0, value.indexOf('=')));

/** A parser of commander's for an option that may be repeated. */
export function collect(value: string, given: readonly string[]): readonly string[] {
  return [...given, value];
}

/**
 * Lets options take a list of pairs too, which ends before the first argument that is none. A variadic option of commander
 * would also take the arguments of the command behind it.
 */
export function withPairLists(command: Command, options: Readonly<Record<string, IsPair>>): Command {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (argv) => parse(repeated(argv, options));
  return command;
}

/** Returns `--map a=b --map c=d` for `--map a=b c=d`. */
function repeated(argv: readonly string[], options: Readonly<Record<string, IsPair>>): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  let list: string | undefined;
  let isFirst = false;
  const rewritten = argv.slice(0, end).flatMap((argument) => {
    if (Object.hasOwn(options, argument)) {
      [list, isFirst] = [argument, true];
      return [argument];
    }
    if (isFirst) {
      isFirst = false;
      return [argument];
    }
    if (list !== undefined && options[list]?.(argument)) return [list, argument];
    list = undefined;
    return [argument];
  });
  return [...rewritten, ...argv.slice(end)];
}
