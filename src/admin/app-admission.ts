import { z } from 'zod';
import {
  type AdmissionRules,
  admissionInput,
  suggestedDomains,
} from '../issuance/admission/admission-rules.ts';
import { changesBetween } from '../kit/events/changes.ts';
import { remarksIn } from '../kit/versions.ts';
import { requireDangerous } from './dangerous-change.ts';
import { editOf, withBothSides } from './edits.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { isoTime } from './shapes.ts';

const { shape } = admissionInput;

/** The rules as the admin API and the configuration name them. What is left out has its usual value. */
export const admissionBody = z
  .strictObject({
    metadata_documents: shape.metadataDocuments.describe(
      'Whether apps may identify themselves by a metadata document at their client id: those of `domains`, of any domain, or none',
    ),
    domains: shape.domains.describe('Hosts, with a port unless it is 443; `*.example.com`: all subdomains'),
    blocked_domains: shape.blockedDomains.describe('Apps of these are refused, and lose their tokens'),
    dynamic_registration: shape.dynamicRegistration.describe(
      'Apps may register at /oauth/register (RFC 7591)',
    ),
    idle_days: shape.idleDays.describe('Days without use after which a refresh token of such an app ends'),
  })
  .meta({ id: 'NewAppAdmission' });

export const admissionAnswer = z
  .object({
    metadata_documents: shape.metadataDocuments.unwrap(),
    domains: z.array(z.string()),
    blocked_domains: z.array(z.string()),
    dynamic_registration: z.boolean(),
    idle_days: z.number().int(),
    suggested_domains: z.array(z.string()).describe('Where makers of well-known agents publish documents'),
    removed_apps: z
      .array(z.object({ client_id: z.string(), name: z.string(), removed_at: isoTime }))
      .describe(
        'Apps with a metadata document that were removed, the oldest 100. They stay out until they are restored',
      ),
    version: z.number().int().describe('Each change raises it; 0: nothing was ever set'),
  })
  .meta({ id: 'AppAdmission' });

const about = { path: '/app-admission', tag: 'Apps', answer: admissionAnswer, status: 200 } as const;

/** The rules for apps that register themselves. */
export function appAdmissionOperations({ issuance, events }: AdminDeps): readonly Operation[] {
  const { admission, apps } = issuance;
  const removedApps = async () => {
    const removed = await apps.list({ limit: 100, removed: true, registrations: ['document'] });
    return removed.flatMap(({ id, name, removedAt }) =>
      removedAt ? [{ client_id: id, name, removed_at: removedAt.toISOString() }] : [],
    );
  };
  const described = async () => ({
    ...describeRules(await admission.rulesNow()),
    suggested_domains: [...suggestedDomains],
    removed_apps: await removedApps(),
  });
  return [
    operation({
      ...about,
      method: 'get',
      needs: 'configuration:read',
      summary: 'Read the rules for apps that register themselves',
      problems: [],
      handle: described,
    }),
    operation({
      ...about,
      method: 'put',
      needs: 'configuration:change',
      edits: true,
      dangerous: true,
      summary: 'Set the rules for apps that register themselves',
      description:
        'Everything is replaced: what is left out is taken back to its usual value. Apps that the new rules refuse lose their tokens. It is a dangerous change where more apps are let in.',
      body: admissionBody,
      problems: [],
      async handle({ body, edit, ...call }) {
        const wanted = rulesOf(body);
        const reason = letsMoreIn(await admission.rulesNow(), wanted) ? requireDangerous(call) : call.reason;
        const passing = editOf({ edit, reason });
        const { before, after } = await withBothSides(() => admission.replace(wanted, passing.version), {
          mine: body,
          theirs: described,
        });
        const changes = changesBetween(facts(before), facts(after));
        await events.record({ type: 'admission.changed', detail: { changes, ...remarksIn(passing) } });
        return await described();
      },
    }),
  ];
}

export function describeRules({ version, ...rules }: AdmissionRules) {
  return {
    metadata_documents: rules.metadataDocuments,
    domains: [...rules.domains],
    blocked_domains: [...rules.blockedDomains],
    dynamic_registration: rules.dynamicRegistration,
    idle_days: rules.idleDays,
    version,
  };
}

function rulesOf(body: z.output<typeof admissionBody>): Omit<AdmissionRules, 'version'> {
  return {
    metadataDocuments: body.metadata_documents,
    domains: body.domains,
    blockedDomains: body.blocked_domains,
    dynamicRegistration: body.dynamic_registration,
    idleDays: body.idle_days,
  };
}

function facts(rules: AdmissionRules) {
  const { version: _, ...fields } = describeRules(rules);
  return fields;
}

const reach = { off: 0, listed: 1, any: 2 } as const;

function letsMoreIn(before: AdmissionRules, after: Omit<AdmissionRules, 'version'>): boolean {
  const isListed = after.metadataDocuments === 'listed';
  return (
    reach[after.metadataDocuments] > reach[before.metadataDocuments] ||
    (after.dynamicRegistration && !before.dynamicRegistration) ||
    (isListed && after.domains.some((domain) => !before.domains.includes(domain))) ||
    before.blockedDomains.some((domain) => !after.blockedDomains.includes(domain))
  );
}
