import type { Connection } from './connections.ts';

/**
 * Returns the connection that leads to the same accounts as the named one and works in this browser. An app names one
 * connection, and need not know that WeChat's QR code cannot be scanned by the phone that shows it, and that an official
 * account works inside WeChat only. Connections lead to the same accounts if they share an id and are of one family.
 */
export function suitableConnection(
  named: Connection,
  connections: readonly Connection[],
  userAgent: string,
): Connection {
  const isInThisApp = ({ connector }: Connection) => connector.inApp?.userAgent.test(userAgent) ?? false;
  const isElsewhere = !isInThisApp(named);
  const others = connections.filter((other) => other !== named && haveSameAccounts(named, other));
  const inThisApp = others.find(isInThisApp);
  if (isElsewhere && inThisApp) return inThisApp;
  const isOutOfPlace = isElsewhere && named.connector.inApp?.only === true;
  const anywhere = others.find(({ connector }) => !connector.inApp?.only && !connector.onlyByName);
  return (isOutOfPlace && anywhere) || named;
}

function haveSameAccounts(one: Connection, other: Connection): boolean {
  const { sharedId, issuer } = one.connector;
  return (
    sharedId !== undefined &&
    sharedId === other.connector.sharedId &&
    issuer === other.connector.issuer &&
    (one.options.family ?? '') === (other.options.family ?? '')
  );
}
