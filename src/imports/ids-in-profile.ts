import type { ProfileIds } from '../connectors/contract/profile-ids.ts';
import { asObject, type Json, type JsonObject } from '../kit/exact-json.ts';
import type { ExportedAccount } from './exported-user.ts';

/** The ids of an account at a provider that has several for it. */
export type IdsInProfile =
  | { readonly subject: string; readonly shared?: string }
  /** An id of which it is not known whether it is the subject or the shared id, and the latter if it is known. */
  | { readonly unconfirmed: string; readonly shared?: string };

/**
 * Returns the ids in the provider's profile, completed by the exported id as far as it is clear which of the ids that is.
 * Undefined: it can be neither.
 */
export function idsInProfile(
  { subject: exported, profile }: Pick<ExportedAccount, 'subject' | 'profile'>,
  { within = [], forms = {}, madeUp, ...names }: ProfileIds,
): IdsInProfile | undefined {
  const places = [profile, ...within.map((name) => asObject(profile[name]) ?? nothing)];
  const member = (name: string) => places.map((place) => idIn(place[name])).find((id) => id !== undefined);
  const isShared = forms.shared?.test(exported) === true;
  const stated = names.shared === undefined ? undefined : member(names.shared);
  const shared = stated ?? (isShared ? exported : undefined);
  const known = shared === undefined ? {} : { shared };
  const subject = member(names.subject);
  if (subject !== undefined) return { subject, ...known };
  if (names.subject === names.shared) {
    if (shared !== undefined) return { subject: shared, shared };
    return forms.shared ? undefined : { subject: exported };
  }
  if (forms.subject?.test(exported)) return { subject: exported, ...known };
  // Products keep another id there, so only the profile tells the subject.
  if (names.shared === undefined) return undefined;
  if (shared === undefined && madeUp?.test(exported)) return undefined;
  // The exported id may be a third one, and a sign-in has the shared id.
  return { unconfirmed: shared ?? exported, ...known };
}

const nothing: JsonObject = {};

/** Returns the id, which some providers send as a number. */
function idIn(value: Json | undefined): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
