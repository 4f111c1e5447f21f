import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { Problem } from '../kit/problem.ts';

/** The option of a command for each field. */
export type Flags = Readonly<Record<string, string>>;

const faults = z.array(z.object({ path: z.string(), message: z.string() }));

/** Restates errors about fields with the names of the options that the operator typed. @throws ConfigError */
export async function withFlagNames<T>(flags: Flags, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const errors = error instanceof Problem ? faults.safeParse(error.members.errors).data : undefined;
    throw errors ? inFlags(flags, errors) : error;
  }
}

export function inFlags(flags: Flags, errors: z.infer<typeof faults>): ConfigError {
  return new ConfigError(errors.map(({ path, message }) => `${flagOf(flags, path)}: ${message}`).join('\n'));
}

/**
 * Returns `--option pkce` for `options.pkce`. An index in a list is dropped, because the message names the
 * value.
 */
function flagOf(flags: Flags, path: string): string {
  const [field = '', member] = path.split('.');
  const flag = flags[field] ?? field;
  return member === undefined || /^\d+$/.test(member) ? flag : `${flag} ${member}`;
}

/** @throws ConfigError */
export function pairs(flag: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new ConfigError(`${flag}: ${pair} is not NAME=VALUE`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
