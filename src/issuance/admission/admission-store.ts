import type { Database, Transaction } from '../../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../../kit/keys/row-tags.ts';
import { requireVersion } from '../../kit/versions.ts';
import { notifyRegistrationChange } from '../registry/registration-channel.ts';
import { type AdmissionRules, admissionInput, usualRules } from './admission-rules.ts';

export const taggedAdmission = {
  name: 'app_admission',
  version: 1,
  key: ['id'],
  columns: {
    id: 'id',
    metadataDocuments: 'metadata_documents',
    domains: 'domains',
    blockedDomains: 'blocked_domains',
    dynamicRegistration: 'dynamic_registration',
    idleDays: 'idle_days',
  },
} as const satisfies TaggedTable<string>;

export interface AdmissionStore {
  /** A row that another hand wrote counts as one that lets no app in. */
  read(): Promise<AdmissionRules>;
  /** Returns the rules before and after. `consequence` is part of the transaction. @throws StaleVersion */
  replace(
    rules: Omit<AdmissionRules, 'version'>,
    version: number | undefined,
    consequence: (transaction: Transaction, change: RulesChange) => Promise<void>,
  ): Promise<RulesChange>;
}

export interface RulesChange {
  readonly before: AdmissionRules;
  readonly after: AdmissionRules;
}

const id = 'admission';
const closed: AdmissionRules = { ...usualRules, metadataDocuments: 'off' };

export function createAdmissionStore({ prisma, pool }: Database, tags: RowTags): AdmissionStore {
  return {
    async read() {
      const row = await prisma.appAdmission.findUnique({ where: { id } });
      if (!row) return usualRules;
      return tags.believes(taggedAdmission, row) ? typed(row) : closed;
    },
    async replace(rules, expected, consequence) {
      const result = await prisma.$transaction(async (transaction) => {
        // The lock orders concurrent changes, also the first ones.
        await transaction.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('app_admission'))::text`;
        const row = await transaction.appAdmission.findUnique({ where: { id } });
        const before = row ? typed(row) : usualRules;
        requireVersion(before.version, { version: expected });
        const fields = { ...rules, domains: [...rules.domains], blockedDomains: [...rules.blockedDomains] };
        const version = before.version + 1;
        const data = { ...fields, version, tag: tags.tag(taggedAdmission, { id, ...fields }) };
        await transaction.appAdmission.upsert({ where: { id }, create: { id, ...data }, update: data });
        const change = { before, after: { ...rules, version } };
        await consequence(transaction, change);
        return change;
      });
      await notifyRegistrationChange(pool);
      return result;
    },
  };
}

type Row = NonNullable<Awaited<ReturnType<Database['prisma']['appAdmission']['findUnique']>>>;

function typed({ id: _id, tag: _tag, metadataDocuments, ...row }: Row): AdmissionRules {
  return { ...row, metadataDocuments: admissionInput.shape.metadataDocuments.parse(metadataDocuments) };
}
