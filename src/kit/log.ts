import { type Logger, pino, stdSerializers } from 'pino';

export type { Logger } from 'pino';
export type LogLevel = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** The members that may hold a secret, at any depth of a logged object. */
const secretMembers = [
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'secret',
  'code_verifier',
  'password',
  'authorization',
  'cookie',
  'set-cookie',
  'token',
  'subject_token',
  'assertion',
];

/** Returns a logger that writes JSON lines to `destination`, by default standard output. */
export function createLog(level: LogLevel, destination?: { write(line: string): void }): Logger {
  const paths = secretMembers.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);
  const options = {
    level,
    base: null,
    redact: { paths, censor: '[secret]' },
    serializers: { err: serializeError },
  };
  return pino(options, destination ?? standardOutput());
}

/** A write error loses lines and does nothing else: the reading process may end, or the disk may be full. */
function standardOutput() {
  const output = pino.destination({ dest: 1, sync: true, maxLength: 16 * 1024 * 1024 });
  output.on('error', () => undefined);
  return output;
}

/** Returns name, code, public message and stack, with the causes. Other members (bodies, requests) are left out. */
function serializeError(error: unknown): object {
  if (!(error instanceof Error)) return inWords(error);
  const { type, stack } = stdSerializers.err(error);
  const { code, privateDetail, cause } = error as Error & { code?: unknown; privateDetail?: unknown };
  return {
    type,
    message: error.message,
    stack: firstFrames(stack),
    ...(typeof code === 'string' && { code }),
    ...(typeof privateDetail === 'string' && { detail: privateDetail }),
    ...(cause instanceof Error && { cause: serializeError(cause) }),
  };
}

/** Returns the message of a thrown value that is no Error: pg-boss emits plain objects. */
function inWords(thrown: unknown): object {
  if (typeof thrown === 'string') return { type: 'string', message: thrown.slice(0, 500) };
  if (typeof thrown !== 'object' || thrown === null) return { type: typeof thrown };
  const { name, message, code, stack } = thrown as Record<string, unknown>;
  const text = (value: unknown) =>
    typeof value === 'string' && value !== '' ? value.slice(0, 500) : undefined;
  return {
    type: text(name) ?? 'object',
    message: text(message),
    code: text(code),
    ...(typeof stack === 'string' && { stack: firstFrames(stack) }),
  };
}

// The whole stack of an error repeats the messages of its causes, and these may quote a provider.
function firstFrames(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}
