import type { Connection } from './connections.ts';

/**
 * Returns the connections to offer to this browser, the best first. Inside a provider's own app, the
 * connection made for that app comes first. It replaces the others that lead to the same accounts, because a
 * person cannot scan a QR code shown on their own phone. A connection that works inside an app only is not
 * offered elsewhere. One whose sign-in starts with a code from an SDK (`signInBy`) is never offered.
 */
export function offeredConnections(
  connections: readonly Connection[],
  userAgent: string | undefined,
): readonly Connection[] {
  const isInThisApp = ({ connector }: Connection) =>
    connector.inApp?.userAgent.test(userAgent ?? '') ?? false;
  const withRedirect = connections.filter(({ connector: { signInBy } }) => signInBy !== 'code');
  const forThisApp = withRedirect.filter(isInThisApp);
  const replaced = new Set(forThisApp.map(({ connector }) => connector.sharedId));
  const others = withRedirect.filter(
    (connection) =>
      !isInThisApp(connection) &&
      !connection.connector.inApp?.only &&
      !(connection.connector.sharedId !== undefined && replaced.has(connection.connector.sharedId)),
  );
  return [...forThisApp, ...others];
}
