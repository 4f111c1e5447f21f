import { destinations, tokenOrigins } from '../connectors/engine/destinations.ts';
import type { Connection } from '../login/connections.ts';
import type { ConnectionFacts } from './standing.ts';

/** Returns the facts by connection id, for the SQL of `standing`. */
export function standingFacts(connections: readonly Connection[]): Readonly<Record<string, ConnectionFacts>> {
  return Object.fromEntries(connections.map((connection) => [connection.id, factsOf(connection)]));
}

function factsOf({ connector, registration, changedAt }: Connection): ConnectionFacts {
  const all = tokenOrigins(registration);
  return {
    client: registration.clientId,
    live: connector.refresh.how === 'exchange-live-token',
    to: destinations(registration, 'serve').join(' '),
    all: all.join(' '),
    own: (registration.unmarkedOrigins ?? all).join(' '),
    same: (connector.sameProviderOrigins ?? []).join(' '),
    changed: changedAt.toISOString(),
  };
}
