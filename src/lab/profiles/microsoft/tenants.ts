import { derivedUuid } from '../../core/mint.ts';
import type { Person } from '../../core/people.ts';

const consumers = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Returns a person's tenant: their domain's, mallory's own, or that of personal accounts. */
export function tenantOf({ id, domain }: Person): string {
  if (id === 'mallory') return derivedUuid('microsoft tenant of mallory');
  return domain === null ? consumers : derivedUuid(`microsoft tenant ${domain}`);
}

export function objectOf(person: Person): string {
  const id = derivedUuid(`microsoft object ${person.id}`);
  return tenantOf(person) === consumers ? id.replace(/^.{18}/, '00000000-0000-0000') : id;
}
