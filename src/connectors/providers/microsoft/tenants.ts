import type { ExportedId, ExportedIdTraits } from '../../contract/exported-ids.ts';

export const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The tenant of all personal accounts. */
const consumers = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Returns whether accounts of this tenant may sign in at a connection with this option. */
export function mayEnter(tid: string, tenant: string | undefined): boolean {
  if (!guid.test(tid) || (tenant === 'organizations' && tid === consumers)) return false;
  const only = tenant === 'consumers' ? consumers : tenant;
  return only === undefined || !guid.test(only) || tid === only;
}

/** Products keep `oid` or the `sub` of their own client, without the tenant. */
export const exportedMicrosoftIds: ExportedIdTraits = {
  isSubject(id, { options: { tenant } }) {
    const [tid = '', oid = '', ...more] = id.split(':');
    return mayEnter(tid, tenant) && guid.test(oid) && more.length === 0;
  },
  idsIn: ({ oid = null }) => [oid],
  subjectOf({ id, profile, registration: { options } }: ExportedId) {
    // Some products rename `tid`. An id of another form is a `sub`, which the profile may leave out.
    const { oid: own = null, tid: tenant = profile.tenantid ?? null } = profile;
    if (tenant !== null && (own === id || !objectId.test(id))) return `${String(tenant)}:${String(own)}`;
    const personal = personalOid(id);
    const tid = personal === undefined ? options.tenant : consumers;
    const oid = personal ?? id.toLowerCase();
    return tid !== undefined && mayEnter(tid, options.tenant) && guid.test(oid) ? `${tid}:${oid}` : undefined;
  },
};

/** An object id, as a whole or as Microsoft Graph shortens it. */
const objectId = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16})$/i;

/** Returns the object id of a personal account, which Microsoft Graph names by the last sixteen digits alone. */
function personalOid(id: string): string | undefined {
  const [, digits] = /^(?:00000000-0000-0000-)?([0-9a-f]{4}-?[0-9a-f]{12})$/.exec(id.toLowerCase()) ?? [];
  if (digits === undefined) return undefined;
  return `00000000-0000-0000-${digits.slice(0, 4)}-${digits.slice(-12)}`;
}
