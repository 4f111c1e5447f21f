import { z } from 'zod';
import type { App } from '../issuance/registry/app.ts';
import { isoTime } from './shapes.ts';

/** The fields that tell how an app came, and of one that registered itself what is known of it. */
export const originFields = {
  registration: z
    .enum(['document', 'dynamic'])
    .nullable()
    .describe(
      'The app registered itself: by a metadata document, or at /oauth/register; null: an operator did',
    ),
  domain: z.string().nullable().describe('Of its metadata document'),
  document_read_at: isoTime.nullable(),
  document_changed_at: isoTime.nullable().describe('Consents from before do not count'),
  last_used_at: isoTime
    .nullable()
    .describe('A person got tokens by it; kept for apps that registered themselves'),
};

export function describeOrigin(app: App) {
  return {
    registration: app.registration,
    domain: app.domain,
    document_read_at: app.documentReadAt?.toISOString() ?? null,
    document_changed_at: app.documentChangedAt?.toISOString() ?? null,
    last_used_at: app.lastUsedAt?.toISOString() ?? null,
  };
}
