import {
  errors,
  type KoaContextWithOIDC,
  type RichAuthorizationRequestsActiveConfiguration,
} from 'oidc-provider';
import { z } from 'zod';
import {
  type CallDetail,
  callDetail,
  callType,
  type ExactCalls,
  grantedDetail,
  mostCalls,
} from '../tokens/call-details.ts';

type Active = RichAuthorizationRequestsActiveConfiguration;
export type RichRequests = Active & {
  readonly authorizationDetailsForIntrospection: NonNullable<Active['authorizationDetailsForIntrospection']>;
};

/** The places where an app can ask for exact calls: each of them leads to a page that shows them. */
const asking = new Set(['authorization', 'pushed_authorization_request', 'backchannel_authentication']);
const grantsOfPeople = new Set(['authorization_code', 'urn:openid:params:grant-type:ciba']);

/**
 * Returns the feature of RFC 9396. oidc-provider finds the parameter, asks for consent each time, and carries what was granted
 * from the grant into code and token. The meaning of a call is ours: another room judges it. `rooms` is undefined while no room does.
 */
export function createRichRequests(rooms: () => ExactCalls | undefined): RichRequests {
  const seen = new WeakMap<object, string[]>();

  return {
    enabled: true,
    types: {
      [callType]: {
        async validate(ctx, detail, client) {
          const before = seen.get(ctx) ?? [];
          const refuse = (field: string, fault: string) => refused(before.length, field, fault);
          const calls = rooms();
          if (!calls || !asking.has(ctx.oidc.route)) throw refuse('type', 'cannot be asked for here');
          if (before.length >= mostCalls) throw refuse('type', `is asked for more than ${mostCalls} times`);
          const { data, error } = callDetail.safeParse(detail);
          if (!data) throw refuse(...faultIn(error));
          const written = JSON.stringify({ ...data, reason: undefined });
          if (before.includes(written)) throw refuse('type', 'is the same call again');
          const fault = await calls.faultOf(client.clientId, data);
          if (fault) throw refuse(fault.field, fault.fault);
          seen.set(ctx, [...before, written]);
        },
      },
    },
    // What the person has approved for this authorization, and no other: each has its own grant.
    async authorizationDetailsForGrantSource({ oidc: { account, client, grant } }) {
      const named = z.array(grantedDetail).parse(grant?.rar ?? []);
      if (!account || !client || named.length === 0) return undefined;
      const pair = { userId: account.accountId, clientId: client.clientId };
      const ids = named.map(({ identifier }) => identifier);
      return (await rooms()?.granted(pair, ids))?.map((detail) => ({ ...detail }));
    },
    // A refreshed token has scopes only: the right to a call is given once.
    authorizationDetailsForAccessToken: (_ctx, _token, source, grantType) =>
      grantsOfPeople.has(grantType) ? source?.rar : undefined,
    authorizationDetailsForIntrospection: (_ctx, token) =>
      token.kind === 'RefreshToken' ? undefined : token.rar,
  };
}

function refused(index: number, field: string, fault: string): Error {
  return new errors.InvalidAuthorizationDetails(`authorization_details[${index}].${field} ${fault}`);
}

function faultIn({ issues: [issue] }: z.ZodError): [field: string, fault: string] {
  if (issue?.code === 'unrecognized_keys')
    return [printable(issue.keys[0] ?? ''), 'is unknown for this type'];
  const field = issue?.path.map(String).join('.') ?? 'type';
  return [printable(field), `is not valid: ${printable(issue?.message ?? '')}`];
}

/** RFC 6749 section 5.2: the characters of an error description. */
function printable(text: string): string {
  return text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?').slice(0, 200);
}

/** Returns the calls that a checked request asks for. */
export function callsIn(params: Readonly<Record<string, unknown>> | undefined): readonly CallDetail[] {
  const { authorization_details: text } = params ?? {};
  return typeof text === 'string' ? z.array(callDetail).parse(JSON.parse(text)) : [];
}

/** @throws errors.InvalidTarget for a request whose token would show the calls to another API */
export function requireOwnApi(oidc: KoaContextWithOIDC['oidc'], broker: string): void {
  if (oidc.params?.authorization_details === undefined) return;
  const others = Object.keys(oidc.resourceServers ?? {}).filter((name) => name !== broker);
  if (others.length > 0) throw new errors.InvalidTarget(`${callType} is for ${broker} alone`);
}
