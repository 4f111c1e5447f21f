import { obstacleIn } from '../connectors/contract/surface.ts';
import { inOrder } from './connection-order.ts';
import type { Connection } from './connections.ts';

/**
 * Returns the connections to offer to this browser, the best first. Inside a provider's own app, the
 * connection made for that app comes first. It replaces the others that lead to the same accounts, because a
 * person cannot scan a QR code shown on their own phone. A connection that works inside an app only is not
 * offered elsewhere. A hidden one, and one whose sign-in starts with a code from an SDK (`signInBy`), is never offered. Those that do not
 * work in this browser come last, since a person may open the page in another one.
 */
export function offeredConnections(
  connections: readonly Connection[],
  userAgent = '',
): readonly Connection[] {
  const isInThisApp = ({ connector }: Connection) => connector.inApp?.userAgent.test(userAgent) ?? false;
  const withRedirect = inOrder(connections).filter(
    ({ hidden, connector: { signInBy, onlyByName } }) => !hidden && signInBy !== 'code' && !onlyByName,
  );
  const forThisApp = withRedirect.filter(isInThisApp);
  const replaced = new Set(forThisApp.map(({ connector }) => connector.sharedId));
  const others = withRedirect.filter(
    (connection) =>
      !isInThisApp(connection) &&
      !connection.connector.inApp?.only &&
      !(connection.connector.sharedId !== undefined && replaced.has(connection.connector.sharedId)),
  );
  const isBarred = ({ connector }: Connection) => obstacleIn(connector.worksNotIn, userAgent) !== undefined;
  return [...forThisApp, ...others.filter((one) => !isBarred(one)), ...others.filter(isBarred)];
}
