import type { Traits } from '../../connectors/contract/contract.ts';
import { saysOneOf } from '../../connectors/contract/failure-options.ts';
import { asObject, type Json, tryParse } from '../../kit/exact-json.ts';
import type { Opened } from '../../kit/outbound.ts';
import { errorIn, isPartial, saysExpired } from './expired-words.ts';
import { peek } from './peek.ts';

/**
 * The sign of an expired token in an answer. `certain`: by status, by a challenge or as the connector knows it. `said`: by the
 * words of an error. The call had no effect in both cases. `doubtful`: the answer may have another reason, such as a
 * missing permission.
 */
export type Sign = 'certain' | 'said' | 'doubtful' | undefined;

export interface Verdict {
  /** The answer, with all of its body. */
  readonly answer: Opened;
  readonly sign: Sign;
}

type Signs = Pick<Traits, 'classify' | 'expiredToken'>;

/** Returns whether the provider refuses the token: by status, by its challenge, or in a short error with any status. */
export async function readVerdict(answer: Opened, connector: Signs): Promise<Verdict> {
  const { status, headers, body } = answer;
  if (status === 401) return { answer, sign: 'certain' };
  if (status < 200 || (status >= 300 && status < 400) || status === 429) return { answer, sign: undefined };
  const challenge = headers.get('www-authenticate') ?? '';
  if (status < 500 && /\berror\s*=\s*"?invalid_token\b/i.test(challenge)) return { answer, sign: 'certain' };
  const isDeclared = connector.expiredToken?.doubtfulStatuses?.includes(status) ?? false;
  // RFC 6750 section 3.1: the token is valid.
  const isDoubtful = isDeclared && !/\binsufficient_scope\b/i.test(challenge);
  const otherwise = isDoubtful ? 'doubtful' : undefined;
  if (!body || !isJson(headers.get('content-type') ?? '')) return { answer, sign: otherwise };
  const { text, whole } = await peek(body);
  const json = text === undefined ? undefined : tryParse(text);
  const sign = json === undefined ? otherwise : signIn({ status, json, connector, otherwise });
  return { answer: { ...answer, body: whole }, sign };
}

/** The types of one JSON text. Some providers name it a script or plain text; a stream of several texts is none. */
function isJson(contentType: string): boolean {
  const [type = ''] = contentType.split(';');
  return /^\s*(?:(?:application|text)\/(?:json|(?:x-)?javascript)|text\/plain|[\w.-]+\/[\w.-]+\+json)\s*$/i.test(
    type,
  );
}

interface Read {
  readonly status: number;
  readonly json: Json;
  readonly connector: Signs;
  /** The sign if the body says nothing. */
  readonly otherwise: Sign;
}

function signIn({ status, json, connector: { classify, expiredToken }, otherwise }: Read): Sign {
  const body = asObject(json) ?? {};
  const named = typeof body.error === 'string' ? body.error : undefined;
  const failure = classify?.({ step: 'profile', status, error: named, body, retryAfter: undefined });
  if (failure?.kind === 'grant-dead') return 'certain';
  // The connector knows another reason.
  if (failure && failure.kind !== 'unknown') return undefined;
  const error = errorIn(status, json);
  const declared = errorIn(status, json, { codeAlone: true });
  const { words = [] } = expiredToken ?? {};
  const says =
    (error !== undefined && saysExpired(error)) || (declared !== undefined && saysOneOf(words, declared));
  if (!says) return otherwise;
  // A server that fails, or that has answered in part, may have changed something before.
  return status >= 500 || isPartial(json) ? 'doubtful' : 'said';
}
