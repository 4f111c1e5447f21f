import { z } from 'zod';
import { domainFileContent, domainFileName } from '../http/domain-files.ts';
import { Problem } from '../kit/problem.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';

const content = z.strictObject({ content: domainFileContent });
const answer = z
  .object({ name: z.string(), url: z.string(), content: z.string() })
  .meta({ id: 'DomainFile' });
const tag = 'Connections';
const path = '/connections/{connection}/domain-files/{name}';

/** The files by which WeChat and WeCom verify the domain of this broker. */
export function domainFileOperations({ connections, domainFiles, issuer }: AdminDeps): readonly Operation[] {
  async function requireConnection(alias: string) {
    const connection = await connections.findNow(alias);
    if (!connection) throw new Problem('not_found');
    return connection;
  }

  const requireName = (given: string) => {
    const name = domainFileName.safeParse(given);
    if (name.success) return name.data;
    throw new Problem('invalid_request', { detail: `The name ${name.error.issues[0]?.message}.` });
  };

  async function read(alias: string, name: string) {
    const files = await domainFiles.of(await requireConnection(alias));
    const file = files.find((one) => one.name === name);
    if (!file) throw new Problem('not_found');
    return { name, content: file.content, url: `${issuer}/${name}` };
  }

  return [
    operation({
      method: 'get',
      path: '/connections/{connection}/domain-files',
      needs: 'configuration:read',
      tag,
      summary: 'List the domain verification files of a connection',
      answer: z.object({ items: z.array(answer) }).meta({ id: 'DomainFileList' }),
      status: 200,
      problems: ['not_found'],
      async handle({ param }) {
        const files = await domainFiles.of(await requireConnection(param('connection')));
        return {
          items: files.map((file) => ({
            name: file.name,
            content: file.content,
            url: `${issuer}/${file.name}`,
          })),
        };
      },
    }),
    operation({
      method: 'get',
      path,
      needs: 'configuration:read',
      tag,
      summary: 'Read a domain verification file',
      answer,
      status: 200,
      problems: ['not_found', 'invalid_request'],
      handle: async ({ param }) => await read(param('connection'), requireName(param('name'))),
    }),
    operation({
      method: 'put',
      path,
      needs: 'configuration:change',
      tag,
      summary: 'Serve a domain verification file',
      description:
        'Some providers fetch it from the root of the site before they accept the domain: `MP_verify_….txt` or `WW_verify_….txt`. At most 1,024 characters.',
      body: content,
      answer,
      status: 200,
      problems: ['not_found', 'invalid_request', 'conflict'],
      async handle({ param, body, reason }) {
        const name = requireName(param('name'));
        const { content } = body;
        await domainFiles.put(await requireConnection(param('connection')), name, { content, reason });
        return await read(param('connection'), name);
      },
    }),
    operation({
      method: 'delete',
      path,
      needs: 'configuration:change',
      tag,
      summary: 'Serve a domain verification file no more',
      status: 204,
      problems: ['not_found', 'invalid_request'],
      async handle({ param, reason }) {
        const name = requireName(param('name'));
        await domainFiles.remove(await requireConnection(param('connection')), name, reason);
      },
    }),
  ];
}
