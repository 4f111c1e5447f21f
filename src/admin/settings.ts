import { z } from 'zod';
import { version } from '../kit/version.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';

export const settingsAnswer = z
  .object({
    issuer: z.string(),
    version: z.string(),
    audit_keep_days: z.number().int().nullable().describe('Null: for ever'),
    audit_keep_retrievals_days: z.number().int().nullable(),
    audit_stream: z
      .string()
      .nullable()
      .describe('The receiver of each audit event, such as `tls://siem.example:6514`; null: none'),
    audit_addresses: z.enum(['full', 'prefix', 'none']),
    console_connections: z.array(z.string()).nullable().describe('Aliases; null: all connections'),
    admin_approvals: z.boolean(),
  })
  .meta({ id: 'Settings' });

/** Settings of the environment that admins have to know. They are changed there, and no secret is among them. */
export function settingOperations({ issuer, settings }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/settings',
      needs: 'admins:read',
      tag: 'Configuration',
      summary: 'Read settings of the environment',
      answer: settingsAnswer,
      status: 200,
      problems: [],
      handle: async () => ({
        issuer,
        version,
        audit_keep_days: settings.keep.all || null,
        audit_keep_retrievals_days: settings.keep.retrievals || settings.keep.all || null,
        audit_stream: settings.stream ?? null,
        audit_addresses: settings.addresses,
        console_connections: settings.consoleConnections ? [...settings.consoleConnections] : null,
        admin_approvals: settings.approvals,
      }),
    }),
  ];
}
