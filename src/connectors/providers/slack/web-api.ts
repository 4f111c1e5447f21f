import { asObject, type JsonObject } from '../../../kit/exact-json.ts';
import { asRefusal, bodyOf } from '../../contract/answer-json.ts';
import type { RevokeCall } from '../../contract/calls.ts';
import type { ExportedIdTraits } from '../../contract/exported-ids.ts';
import type { Failure, FailureSigns } from '../../contract/failures.ts';
import { bearer } from '../../contract/fetch-profile.ts';
import { familyOption, type OptionTraits } from '../../contract/options.ts';
import type { HttpAnswer } from '../../contract/rewrite.ts';
import { webhookSecretOption } from '../../contract/signed-message.ts';

// The parts that both Slack connectors share. The Web API sends status 200 always, and `ok` says whether a call worked.

export const slackOptions: OptionTraits = {
  family: familyOption,
  webhook_secret: webhookSecretOption,
  team: {
    about: 'The id of the workspace to sign in to. Without it the person chooses.',
    pattern: /^[ET]\w{2,20}$/,
  },
};

/** The alternate id of a person in a workspace, since a user id is unique only there. */
export const member = 'slack:member';

export function memberOf(team: unknown, user: unknown): string {
  const usable = [team, user].every((id) => typeof id === 'string' && /^[A-Z0-9]{2,24}$/.test(id));
  return usable ? `${String(team)}:${String(user)}` : '';
}

const userClaim = 'https://slack.com/user_id';
const teamClaim = 'https://slack.com/team_id';

/** Products keep the user's id alone. The option names one workspace, unless it names an organization of several (`E…`). */
export const exportedSlackIds: ExportedIdTraits = {
  isSubject: (id) => /^[A-Z0-9]{2,24}:[A-Z0-9]{2,24}$/.test(id),
  idsIn: (profile) => [profile[userClaim] ?? null],
  subjectOf({ id, profile, registration: { options } }) {
    const nested = asObject(profile.user) ?? asObject(profile.authed_user);
    const user = profile[userClaim] ?? profile.user_id ?? nested?.id ?? profile.sub ?? id;
    const team = profile[teamClaim] ?? profile.team_id ?? asObject(profile.team)?.id;
    if (user === id && team !== undefined) return memberOf(team, id) || undefined;
    return options.team?.startsWith('T') ? memberOf(options.team, id) || undefined : undefined;
  },
};

export function refusalIn(answer: HttpAnswer): HttpAnswer | undefined {
  const body = bodyOf(answer);
  if (body?.ok !== false) return undefined;
  return asRefusal(answer, { ...body, error: typeof body.error === 'string' ? body.error : 'unnamed' });
}

export function classify({ step, error, body }: FailureSigns): Failure | undefined {
  if (body.ok !== false) return undefined;
  return (
    failures[error ?? ''] ?? (step === 'exchange' ? ofCodes[error ?? ''] : undefined) ?? { kind: 'unknown' }
  );
}

const misconfigured: Failure = { kind: 'misconfigured' };
const rejected: Failure = { kind: 'grant-dead', reason: 'rejected' };
const removed: Failure = { kind: 'grant-dead', reason: 'revoked_by_user' };

const failures: Readonly<Record<string, Failure>> = {
  bad_client_secret: misconfigured,
  bad_redirect_uri: misconfigured,
  invalid_client_id: misconfigured,
  invalid_auth: rejected,
  invalid_refresh_token: rejected,
  token_expired: { kind: 'grant-dead', reason: 'expired' },
  token_revoked: removed,
  account_inactive: removed,
  ratelimited: { kind: 'rate-limited', retryAfter: undefined },
  internal_error: { kind: 'unavailable' },
  fatal_error: { kind: 'unavailable' },
};

const ofCodes: Readonly<Record<string, Failure>> = {
  invalid_code: { kind: 'code-spent' },
  code_already_used: { kind: 'code-spent' },
};

/** Revokes the token that is sent. */
export async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const url = new URL(`${registration.endpoints.api}/auth.revoke`);
  await http.done('revoke', url, { method: 'POST', headers: bearer(accessToken) });
}

export function texts(fields: JsonObject): Readonly<Record<string, string>> {
  const given = Object.entries(fields).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
  );
  return Object.fromEntries(given);
}
