import type { Endpoints, Registration } from '../connectors/contract/registration.ts';
import { isSame } from '../connectors/engine/destinations.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from './build-connection.ts';
import type { ConnectionChangeInput } from './connection-input.ts';

/** A change that sends people, secrets or tokens to hosts that the connection did not have before. */
export interface OriginChange {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly reason: string;
}

/** Returns the reason of an origin change. @throws Problem when the caller may not make one now */
export type ConfirmOriginChange = () => string | undefined;

/** The fields of a PATCH that may move endpoints. */
const moving: ReadonlySet<string> = new Set([
  'endpoints',
  'options',
  'client_secret',
  'move_identities',
  'reason',
]);

/**
 * Returns the hosts that a connection leaves and those that it moves to, or undefined if its endpoints stay with their
 * origins. An origin change is a change of its own: it comes with no other change, and with a reason.
 * @throws Problem invalid_body
 */
export function originChange(
  { connector, registration: before }: Pick<Connection, 'connector' | 'registration'>,
  after: Pick<Registration, 'endpoints'>,
  { input, confirm }: { readonly input: ConnectionChangeInput; readonly confirm: ConfirmOriginChange },
): OriginChange | undefined {
  const moves = movesBetween(before.endpoints, after.endpoints).filter(
    ({ from, to }) => !from.has(to) && !isSame(connector, to, from),
  );
  if (moves.length === 0) return undefined;
  const others = Object.keys(input).filter((name) => !moving.has(name));
  if (others.length > 0)
    throw refused(`Endpoints move to another origin by a change of their own, without ${others.join(', ')}.`);
  const reason = confirm();
  if (reason === undefined)
    throw refused('Endpoints that move to another origin need a reason: send `reason`, or Symbolon-Reason.');
  const from = new Set(moves.flatMap((move) => [...move.from]));
  const to = new Set(moves.map((move) => move.to));
  return { from: [...from].map(hostOf), to: [...to].map(hostOf), reason };
}

/**
 * Checks the secret that comes with a change of endpoints: it is the present one, so that an admin who does not know it
 * cannot have it sent elsewhere. A new secret is a change of its own.
 * @throws Problem invalid_body
 */
export function requirePresentSecret(
  { registration }: Pick<Connection, 'registration'>,
  given: string | null | undefined,
): void {
  const { clientSecret } = registration;
  if (!clientSecret) return;
  if (given === undefined)
    throw refused('Enter client_secret again when endpoints, or options that decide them, change.');
  if (given === null || !clientSecret.equals(given))
    throw refused(
      'client_secret is not the present one. A new secret is a change of its own, without endpoints.',
    );
}

/** Returns the origin of each endpoint, and those from which it comes: a new endpoint comes from all earlier ones. */
function movesBetween(before: Endpoints, after: Endpoints) {
  const earlier = new Map(Object.entries(before).map(([name, address]) => [name, new URL(address).origin]));
  return Object.entries(after).map(([name, address]) => {
    const origin = earlier.get(name);
    const from: ReadonlySet<string> = new Set(origin === undefined ? earlier.values() : [origin]);
    return { from, to: new URL(address).origin };
  });
}

function hostOf(origin: string): string {
  return new URL(origin).host;
}

function refused(detail: string): Problem {
  return new Problem('invalid_body', { detail });
}
