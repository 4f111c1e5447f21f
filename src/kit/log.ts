import { type Logger, pino, stdSerializers } from 'pino';
import { systemClock } from './clock.ts';
import { traceMembers } from './spans.ts';

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
    mixin: () => traceMembers() ?? {},
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths, censor: '[secret]' },
    serializers: { err: serializeError },
  };
  return pino(options, destination ?? standardOutput());
}

/**
 * Returns a function that writes a line of fixed members, none of which can hold a secret: the logger's search for secrets
 * takes more time than the line. For standard output the lines are gathered, and they are lost if its reader does not keep up:
 * no request waits for them. A write up to 4096 bytes is never mixed with another one in a pipe (PIPE_BUF).
 */
export function createLineWriter(log: Logger): (level: LogLevel, line: object) => void {
  const destination: { write(line: string): void; readonly fd?: number } = Reflect.get(
    log,
    pino.symbols.streamSym,
  );
  const output = destination.fd === 1 ? gatheredOutput() : destination;
  return (level, line) => {
    if (log.isLevelEnabled(level))
      output.write(`${JSON.stringify({ level, time: systemClock.now().getTime(), ...line })}\n`);
  };
}

function gatheredOutput() {
  const gathering = { minLength: 3072, maxWrite: 4096, maxLength: 1024 * 1024, periodicFlush: 100 };
  const output = pino.destination({ dest: 1, sync: false, ...gathering });
  output.on('error', () => undefined);
  return output;
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
