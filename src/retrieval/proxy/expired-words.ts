import { sameCode } from '../../connectors/contract/refusal-words.ts';
import { asObject, type Json, type JsonObject } from '../../kit/exact-json.ts';

// The words by which APIs refuse an expired or invalid access token. Only the members of an error are read, and a text
// counts as a whole, so that neither a resource nor an error about a person's own text is mistaken for a refusal.

const codes: ReadonlySet<string> = new Set([
  'access_token_expired',
  'access_token_has_expired',
  'access_token_invalid',
  'access_token_revoked',
  'auth_token_expired',
  'authentication_token_expired',
  'expired_access_token',
  'expired_auth_token',
  'expired_authentication_token',
  'expired_oauth_token',
  'expired_token',
  'invalid_access_token',
  'invalid_auth_token',
  'invalid_authentication_token',
  'invalid_bearer_token',
  'invalid_oauth_token',
  // Salesforce.
  'invalid_session_id',
  'invalid_token',
  'jwt_expired',
  'oauth_token_expired',
  'oauth_token_invalid',
  'revoked_access_token',
  'token_expired',
  // GraphQL servers and Google's RPC.
  'unauthenticated',
]);

/** WeChat, WeCom and those that follow them: an invalid credential, an invalid token, an expired one. */
const errcodes: ReadonlySet<string> = new Set(['40001', '40014', '42001']);

const kind = '(?:(?:oauth2?|bearer|access|auth|authentication|authorization|session) )';
const addressed = '(?:the |your |this |provided |supplied |given )*';
const gone = '(?:expired|invalid|revoked|no longer valid|not valid)';
const sentence = new RegExp(
  `^(?:error: |unauthorized: |unauthenticated: )?${addressed}(?:${[
    `${kind}*token (?:provided )?(?:has |is |was )?(?:already )?(?:been )?expired(?: or invalid)?`,
    `${kind}+token (?:provided )?(?:has |is |was )?(?:already )?(?:been )?${gone}(?: or ${gone})*`,
    `(?:expired|invalid)(?: or (?:expired|invalid))? ${kind}+token`,
    'session expired or invalid',
    'jwt (?:has |is )?expired',
  ].join('|')})(?=$|[.,;:!(]| - | at | on \\d)`,
);

/** The members of an error that hold its codes, its texts, and further errors, in lower case without separators. */
const members = {
  code: /^(?:(?:sub|api)?err(?:or)?s?(?:code|type|name|reason|key|subtype)?|(?:sub)?code|type|name|reason|status|faultcode)$/,
  text: /^(?:(?:sub)?err(?:or)?s?(?:msg|message|description|detail|text|summary|info)?|(?:sub)?msg|messages?|detail|description|title|reason|faultstring)$/,
  further: /^(?:errors?|errs?|faults?|details?|extensions)$/,
};
/** Errors of one list that are read, and members of one error. */
const most = 20;
/** Levels of nesting that are read. */
const deepest = 4;

/** Returns whether an error says that the access token has expired or is invalid. */
export function saysExpired(error: Json, depth = 0): boolean {
  if (depth > deepest) return false;
  if (Array.isArray(error)) return error.slice(0, most).some((one) => saysExpired(one, depth + 1));
  const object = asObject(error);
  if (!object) return false;
  return Object.entries(object)
    .slice(0, most)
    .some(([written, value]) => {
      const name = plain(written);
      if (name === 'errcode' && errcodes.has(String(value))) return true;
      if (typeof value !== 'string')
        return members.further.test(name) && value !== null && saysExpired(value, depth + 1);
      return (members.code.test(name) && isCode(value)) || (members.text.test(name) && isSentence(value));
    });
}

/**
 * Returns the error in the body of an answer; undefined if the body may be a resource. With a status of success, the body
 * has to say that it failed, by `success`, `ok` or an error, and must have nothing beside it. `codeAlone`: a code beside a message is
 * enough.
 */
export function errorIn(
  status: number,
  body: Json,
  { codeAlone = false }: { readonly codeAlone?: boolean } = {},
): Json | undefined {
  if (status >= 400) return body;
  const object = asObject(body);
  if (!object || !Object.entries(object).every(([name, value]) => isBeside(plain(name), value)))
    return undefined;
  return hasFailed(object, codeAlone) ? object : undefined;
}

/** Returns whether a GraphQL answer has members that were not refused, or may have been: their values are null. */
export function isPartial(body: Json): boolean {
  const data = asObject(asObject(body)?.data);
  return data !== undefined && Object.keys(data).length > 0;
}

const aboutError =
  /^(?:(?:sub)?err(?:or)?s?(?:code|no|num|type|msg|message|name|reason|key|details?|description|info|title|summary)?|(?:sub)?code|(?:sub)?msg|messages?|description|details?|reason|type|status(?:code|text)?|success|ok|extensions|meta|requestid|traceid|correlationid|logid|rid|timestamp|time|path|documentationurl|moreinfo|warnings?|ret)$/;
const content = /^(?:data|result|results|response)$/;

function isBeside(name: string, value: Json): boolean {
  return aboutError.test(name) || (content.test(name) && isEmpty(value));
}

/** Null, or an object or a list with nothing else in it. */
function isEmpty(value: Json): boolean {
  if (typeof value !== 'object') return value === '' || value === false;
  return value === null || Object.values(value).every((one) => one === null);
}

function hasFailed(object: JsonObject, codeAlone: boolean): boolean {
  const states = (name: string, value: boolean) =>
    Object.entries(object).some(([written, given]) => plain(written) === name && given === value);
  if (states('success', true) || states('ok', true)) return false;
  if (states('success', false) || states('ok', false)) return true;
  const telling = codeAlone ? /^(?:err|(?:sub)?code$|ret$|status)/ : /^err/;
  return Object.entries(object).some(
    ([name, value]) => telling.test(plain(name)) && !isEmpty(value) && value !== 0 && value !== '0',
  );
}

function plain(name: string): string {
  return name.replace(/[^A-Za-z]/g, '').toLowerCase();
}

function isCode(value: string): boolean {
  const short = value.slice(0, 100);
  // Apigee: `keymanagement.service.access_token_expired`.
  return codes.has(sameCode(short)) || codes.has(sameCode(short.split('.').at(-1) ?? ''));
}

function isSentence(value: string): boolean {
  return sentence.test(
    value
      .slice(0, 200)
      .toLowerCase()
      .replace(/[_\s]+/g, ' ')
      .trim(),
  );
}
