import { ConfigError } from '../config.ts';

/** Requires `--yes` for an action that cannot be undone. @throws ConfigError */
export function requireConfirmation(yes: boolean | undefined, consequence: string): void {
  if (!yes) throw new ConfigError(`${consequence}\nNothing was done. To confirm, add --yes.`);
}
