import { z } from 'zod';
import { attentionKinds } from '../reporting/attention.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { isoTime } from './shapes.ts';

const item = z
  .object({
    kind: z.enum(attentionKinds),
    connection: z.string().nullable().describe('Alias'),
    about: z.string().nullable().describe('The reason of dead grants, or the id of the endpoint or key'),
    since: isoTime,
    count: z.number().describe('Times, grants or seconds'),
    of: z.number().nullable().describe('The number of which `count` is a part'),
    link: z
      .object({ path: z.string(), query: z.record(z.string(), z.string()) })
      .describe('The page below `/console` that shows it'),
  })
  .meta({ id: 'Attention' });

/** The list of what needs an admin. */
export function attentionOperations({ reporting }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/attention',
      needs: 'usage:read',
      tag: 'Usage',
      summary: 'List what needs an admin now, the most urgent first',
      answer: z.object({ items: z.array(item) }).meta({ id: 'AttentionList' }),
      status: 200,
      problems: [],
      handle: async () => ({
        items: (await reporting.attention()).map(({ since, n, ...rest }) => ({
          ...rest,
          since: since.toISOString(),
          count: n,
        })),
      }),
    }),
  ];
}
