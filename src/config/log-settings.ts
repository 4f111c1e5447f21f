import { z } from 'zod';
import type { LogLevel } from '../kit/log.ts';

/** The settings of what the process tells about itself. */
export const logSettings = {
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .optional()
    .describe(
      'how much is logged, as JSON lines on standard output; default warn in developer mode, else info',
    ),
  LOG_REQUESTS: z
    .enum(['0', '1'])
    .default('1')
    .transform((value) => value === '1')
    .describe('`0`: the line of each answered request is of level debug, not info'),
};

export interface LogConfig {
  readonly logLevel: LogLevel;
  /** False: answered requests are logged at level debug alone. */
  readonly logRequests: boolean;
}

interface Read {
  readonly LOG_LEVEL?: LogLevel | undefined;
  readonly LOG_REQUESTS: boolean;
}

export function logConfigOf(read: Read, developerMode: boolean): LogConfig {
  return {
    logLevel: read.LOG_LEVEL ?? (developerMode ? 'warn' : 'info'),
    logRequests: read.LOG_REQUESTS,
  };
}
