import { z } from 'zod';
import { after, days } from '../../kit/clock.ts';
import { asObject, type JsonObject } from '../../kit/exact-json.ts';
import type { ExportedAccount, ReadUser } from '../exported-user.ts';
import type { Reason } from '../reasons.ts';
import { flag, id, isSet, moment, object, text } from './fields.ts';

const identity = z.object({
  provider: z.string(),
  // Before November 2023, `id` was the provider's id. The answers of the admin API still name it so.
  provider_id: id.optional(),
  id: id.optional(),
  identity_data: object,
});

const user = z.object({
  id,
  raw_user_meta_data: object,
  user_metadata: object,
  banned_until: z.unknown().optional(),
  deleted_at: flag,
  created_at: moment,
  last_sign_in_at: moment,
  has_password: flag,
  second_factor: flag,
  identities: z.array(identity),
});

const shown = z.object({ full_name: text, name: text, user_name: text, avatar_url: text, picture: text });

/** Reads a row of `auth.users` with its rows of `auth.identities`. `left` says what cannot be imported. */
export const readSupabaseUser: ReadUser = (record, { now }) => {
  const exported = user.parse(record);
  const { identities } = exported;
  const linked = identities.filter(({ provider }) => !withoutProvider.has(provider));
  const passwordless = !exported.has_password && linked.length < identities.length;
  const left: readonly (Reason | false)[] = [
    // The rows of a deleted user stay, with hashes for ids.
    exported.deleted_at && 'deleted',
    exported.has_password && 'password',
    passwordless && 'passwordless',
    exported.second_factor && 'second_factor',
  ];
  return {
    ref: exported.id,
    ...shownIn({ ...exported.user_metadata, ...exported.raw_user_meta_data }),
    ...blockOf(exported.banned_until, now),
    createdAt: exported.created_at,
    lastLoginAt: exported.last_sign_in_at,
    left: left.filter((reason) => reason !== false),
    accounts: linked.map((one): ExportedAccount => {
      const profile = profileOf(one.identity_data);
      return {
        connection: one.provider,
        subject: one.provider_id ?? one.id ?? '',
        ...shownIn(profile),
        email: text.parse(profile.email),
        profile,
        // Supabase hands the provider's tokens to the browser and keeps none.
        tokens: undefined,
      };
    }),
  };
};

/** A time that cannot be read, such as PostgreSQL's `infinity`, has not come. */
function blockOf(until: unknown, now: Date) {
  const end = moment.parse(until);
  const disabled = isSet(until) && (end === undefined || end > now);
  // The dashboard bans for a hundred years.
  const ends = disabled && end && end < after(now, days(20 * 365));
  return { disabled, disabledUntil: ends ? end : undefined };
}

const withoutProvider: ReadonlySet<string> = new Set(['email', 'phone']);

/** Returns the claims of the provider, such as the tenant at Microsoft, which Supabase keeps under `custom_claims`. */
function profileOf({ custom_claims: claims, ...profile }: JsonObject): JsonObject {
  return { ...asObject(claims), ...profile };
}

function shownIn(profile: JsonObject) {
  const { full_name, name, user_name, avatar_url, picture } = shown.parse(profile);
  return { name: full_name ?? name ?? user_name, picture: avatar_url ?? picture };
}
