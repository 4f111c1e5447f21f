import { ConfigError } from '../config.ts';

/** What cannot be undone is done when it was said that it is meant. @throws ConfigError */
export function requireCertain(yes: boolean | undefined, consequence: string): void {
  if (!yes) throw new ConfigError(`${consequence}\nNothing was done. To do it, say --yes.`);
}
