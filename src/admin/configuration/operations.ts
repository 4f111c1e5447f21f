import { z } from 'zod';
import { type Operation, operation } from '../operation.ts';
import type { AdminDeps } from '../ports.ts';
import { documentOf } from './export.ts';
import { readPresent } from './present.ts';

const items = z.array(z.record(z.string(), z.unknown()));

const configurationAnswer = z
  .object({
    symbolon: z.literal(1),
    branding: z.record(z.string(), z.unknown()),
    app_admission: z.record(z.string(), z.unknown()),
    apis: items,
    connections: items,
    order: z.array(z.string()),
    apps: items,
    webhooks: items,
  })
  .meta({ id: 'ConfigurationDocument' });

/** The whole configuration, as `symbolon config export` writes it. */
export function configurationOperations(deps: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/configuration',
      needs: 'configuration:read',
      tag: 'Configuration',
      summary: 'Read the whole configuration',
      description:
        'Ordered and without secrets, as `symbolon config diff` and `apply` take it. A secret is the name of an environment variable. Fields with their usual value are left out.',
      answer: configurationAnswer,
      status: 200,
      problems: [],
      handle: async () => configurationAnswer.parse(documentOf(await readPresent(deps))),
    }),
  ];
}
