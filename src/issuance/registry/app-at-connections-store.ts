import type { PrismaClient } from '../../kit/database/database.ts';
import { type App, newApp } from './app.ts';

/** An app whose policy lets it use the accounts of a connection, as far as people may not have been asked. */
export interface AppAtConnection extends Pick<App, 'id' | 'name' | 'type' | 'firstParty'> {
  readonly connectionId: string;
  /** Also while the person is away. */
  readonly background: boolean;
}

/** The largest number of lines that the account page reads. */
const mostAtConnections = 500;

/** Returns the enabled apps that may use these connections in the background, and the operator's own. */
export async function appsAtConnections(
  prisma: PrismaClient,
  connectionIds: readonly string[],
): Promise<readonly AppAtConnection[]> {
  const rows = await prisma.appConnection.findMany({
    where: {
      connectionId: { in: [...connectionIds] },
      app: { enabled: true, removedAt: null },
      OR: [{ background: true }, { app: { firstParty: true } }],
    },
    select: {
      connectionId: true,
      background: true,
      app: { select: { id: true, name: true, type: true, firstParty: true } },
    },
    orderBy: [{ appId: 'asc' }, { connectionId: 'asc' }],
    take: mostAtConnections,
  });
  return rows.map(({ app, ...line }) => ({
    ...app,
    ...line,
    type: newApp.shape.type.parse(app.type),
  }));
}
