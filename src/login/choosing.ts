import type { Connection } from './connections.ts';

/**
 * Which of several ways to sign in are worth offering to this browser, the best first. Inside a provider's own app,
 * its way in comes first and takes the place of the others to the same accounts: nobody can scan a QR code that is
 * shown on their own phone. What works inside an app only is offered nowhere else.
 */
export function worthOffering(
  connections: readonly Connection[],
  userAgent: string | undefined,
): readonly Connection[] {
  const atHome = ({ connector }: Connection) => connector.inApp?.userAgent.test(userAgent ?? '') ?? false;
  const here = connections.filter(({ connector: { signInBy } }) => signInBy !== 'code');
  const first = here.filter(atHome);
  const replaced = new Set(first.map(({ connector }) => connector.sharedId));
  const others = here.filter(
    (connection) =>
      !atHome(connection) &&
      !connection.connector.inApp?.only &&
      !(connection.connector.sharedId !== undefined && replaced.has(connection.connector.sharedId)),
  );
  return [...first, ...others];
}
