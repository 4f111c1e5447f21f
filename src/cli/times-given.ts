import { ConfigError } from '../config.ts';

/** Returns the time that an option gives. @throws ConfigError */
export function timeOf(option: string, given: string | undefined): Date | undefined {
  if (given === undefined) return undefined;
  const time = new Date(given);
  if (Number.isNaN(time.getTime()))
    throw new ConfigError(`${option}: must be a time, as 2026-11-30T03:00:00Z`);
  return time;
}
