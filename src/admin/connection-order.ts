import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { Problem } from '../kit/problem.ts';
import { remarksIn } from '../kit/versions.ts';
import { aliasShape } from '../login/connection-input.ts';
import { inOrder } from '../login/connection-order.ts';
import type { EditHeaders } from './edit-headers.ts';
import { editOf } from './edits.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';

const orderAnswer = z
  .object({
    connections: z.array(z.string()).describe('All aliases; the first is offered first'),
    version: z.string().describe('Of the order; send it as `If-Match`'),
  })
  .meta({ id: 'ConnectionOrder' });

const orderBody = z
  .strictObject({
    connections: z
      .array(aliasShape)
      .max(1000)
      .refine((aliases) => new Set(aliases).size === aliases.length, 'names a connection twice')
      .describe('Aliases; connections that are not named come after them, the oldest first'),
  })
  .meta({ id: 'NewConnectionOrder' });

const about = { path: '/connections/order', tag: 'Connections', status: 200 } as const;

/** The order in which pages offer the connections. */
export function connectionOrderOperations({ connections, events }: AdminDeps): readonly Operation[] {
  const order = async () => {
    const aliases = inOrder(await connections.all()).map(({ alias }) => alias);
    const version = createHash('sha256').update(aliases.join(' ')).digest('hex').slice(0, 16);
    return { connections: aliases, version };
  };

  async function requireKnown(aliases: readonly string[]): Promise<void> {
    for (const [index, alias] of aliases.entries()) {
      if (await connections.findNow(alias)) continue;
      const message = `there is no connection ${JSON.stringify(alias)}`;
      const path = `connections.${index}`;
      throw new Problem('invalid_body', {
        detail: `${path}: ${message}`,
        members: { errors: [{ path, message }] },
      });
    }
  }

  /** Returns the tools that keep connections whose place changes. @throws Problem conflict, as for a change of such a connection */
  async function toolsPassedOver(aliases: readonly string[], edit: EditHeaders): Promise<string | undefined> {
    const placeOf = (alias: string) => (aliases.includes(alias) ? aliases.indexOf(alias) : null);
    const moved = (await connections.all()).filter(({ alias, position }) => position !== placeOf(alias));
    // The version of a whole order is not that of one connection, and the connection stays its tool's.
    const { ifMatch: _, ...author } = edit;
    const call = { edit: author, reason: undefined };
    const tools = new Set(moved.flatMap((one) => editOf(call, one).passedOver ?? []));
    return tools.size > 0 ? [...tools].join(', ') : undefined;
  }

  return [
    operation({
      ...about,
      method: 'get',
      needs: 'configuration:read',
      summary: 'Read the order of connections',
      answer: orderAnswer,
      problems: [],
      handle: order,
    }),
    operation({
      ...about,
      method: 'put',
      needs: 'configuration:change',
      edits: true,
      summary: 'Set the order of connections',
      description:
        'It changes the `position` of connections. One that another tool keeps is changed under the same rule as by PATCH: see `Symbolon-Managed-Override`.',
      body: orderBody,
      answer: orderAnswer,
      problems: [],
      async handle({ body, edit, reason }) {
        const { ifMatch } = edit;
        await requireKnown(body.connections);
        connections.clearCache();
        const before = await order();
        const seen = ifMatch === undefined ? undefined : before.connections;
        if (ifMatch !== undefined && ifMatch !== before.version) throw changed(before, body.connections);
        const passedOver = await toolsPassedOver(body.connections, edit);
        if (!(await connections.reorder(body.connections, seen)))
          throw changed(await order(), body.connections);
        const after = await order();
        const isSame = isDeepStrictEqual(before.connections, after.connections);
        const changes = isSame ? {} : { connections: { from: before.connections, to: after.connections } };
        const detail = { changes, ...remarksIn({ passedOver, reason }) };
        await events.record({ type: 'connection.reordered', detail });
        return after;
      },
    }),
  ];
}

function changed({ version, connections: theirs }: z.output<typeof orderAnswer>, mine: readonly string[]) {
  return new Problem('conflict', {
    detail: 'The order has changed meanwhile.',
    members: { version, conflicts: { connections: { theirs, mine } } },
  });
}
