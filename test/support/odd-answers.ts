import fc from 'fast-check';

// Refresh answers as providers, gateways and faulty programs send them: mutations of a valid one.

/** An answer in which the current tokens are still to be filled in. */
export interface OddAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly form: boolean;
  readonly envelope: 'data' | 'result' | undefined;
  /** The text around the JSON. */
  readonly space: string;
  /** Before the JSON. */
  readonly mark: '' | '\ufeff';
  /** The members that replace valid ones, or leave them out. */
  readonly instead: Readonly<Record<string, unknown>>;
  readonly without: readonly string[];
  readonly beside: readonly Beside[];
  readonly idToken: 'none' | 'theirs' | 'ended' | 'garbage';
  /** The suffix after the token's running number, which makes each token unique. */
  readonly accessEnd: string;
  readonly refreshEnd: string;
}

type Beside =
  | { readonly name: string; readonly value: unknown }
  | { readonly name: string; readonly deep: number; readonly of: '[' | '{' }
  | { readonly name: string; readonly long: number }
  | { readonly name: string; readonly many: number };

const visible = fc.stringOf(
  fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  {
    maxLength: 60,
  },
);

const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    true,
    false,
    0,
    -1,
    0.5,
    3600.5,
    1e300,
    [],
    {},
    [null],
    ' ',
    '\u0000',
    '林',
  ),
  fc.constantFrom<unknown>(
    '3600s',
    '3600.5',
    ' 3600',
    '+3600',
    'soon',
    '1e3',
    '2026-11-29T20:00:00',
    '0',
    '-1',
  ),
  fc.constantFrom<unknown>(
    'Bearer ',
    ' Bearer',
    'BearerToken',
    'Token',
    'user',
    'bot',
    'mac',
    'jwt',
    'N_A',
    'DPoP',
  ),
  fc.constantFrom<unknown>('urn:ietf:params:oauth:token-type:jwt', ['Bearer'], 'a,b', ['a', 'b c'], {
    a: true,
  }),
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.fullUnicodeString(),
  fc.jsonValue({ maxDepth: 4 }),
);

const known = ['token_type', 'expires_in', 'scope', 'id_token', 'expires_at'];
const names = fc.oneof(
  fc.constantFrom(...known, 'expires', 'error', 'error_description', 'data', 'result'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'uid', 'openid', 'access_token2', ''),
  fc.string(),
);

const beside: fc.Arbitrary<Beside> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ name: names, value: oddValue }) },
  // A readable expiry of the refresh token is honoured, and an early one is no fault.
  {
    weight: 2,
    arbitrary: fc.record({
      name: fc.constantFrom('refresh_token_expires_in', 'refresh_expires_in'),
      value: fc.constantFrom<unknown>(null, '', 'soon', 0, -1, {}, true, '86400', ' 86400s', 8_726_400),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      name: names,
      deep: fc.integer({ min: 30, max: 20_000 }),
      of: fc.constantFrom('[' as const, '{' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ name: names, long: fc.integer({ min: 10_000, max: 3_500_000 }) }) },
  { weight: 1, arbitrary: fc.record({ name: names, many: fc.integer({ min: 100, max: 100_000 }) }) },
);

export const oddAnswers: fc.Arbitrary<OddAnswer> = fc.record({
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constant(200) },
    // 204 and 205 have no body that a client could read.
    {
      weight: 2,
      arbitrary: fc.integer({ min: 200, max: 299 }).filter((status) => status !== 204 && status !== 205),
    },
  ),
  contentType: fc.constantFrom(
    'application/json',
    'application/json;charset=UTF-8',
    'text/plain',
    'text/html; charset=utf-8',
    'text/javascript',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'nonsense',
    undefined,
  ),
  form: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  envelope: fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('data' as const, 'result' as const) },
  ),
  space: fc.constantFrom('', '', '\n', '\r\n\t ', '  '),
  mark: fc.constantFrom('' as const, '' as const, '' as const, '\ufeff' as const),
  instead: fc.dictionary(fc.constantFrom(...known), oddValue, { maxKeys: 4 }),
  without: fc.subarray(['token_type', 'expires_in', 'scope']),
  beside: fc.array(beside, { maxLength: 3 }),
  idToken: fc.constantFrom('none' as const, 'theirs' as const, 'ended' as const, 'garbage' as const),
  accessEnd: visible,
  refreshEnd: fc.oneof(
    visible,
    fc.string({ maxLength: 20 }),
    fc.constantFrom(' ', '+', '%2B&x=1', '"\\', '\n'),
  ),
});

/** The current tokens, and the further members of a valid answer. */
export interface Valid {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly [name: string]: unknown;
}

/** Returns the body as sent. */
export function written(odd: OddAnswer, valid: Valid): string {
  const { access_token, refresh_token, ...rest } = valid;
  const kept = Object.entries(rest).filter(([name]) => !odd.without.includes(name));
  const members: [string, string][] = [
    ...kept.map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
    ...Object.entries(odd.instead).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
    ...odd.beside.map((one): [string, string] => [one.name, textOf(one)]),
    // This comes last, because the last of several equal members counts.
    ['access_token', JSON.stringify(access_token)],
    ['refresh_token', JSON.stringify(refresh_token)],
  ];
  if (odd.form && odd.beside.every((one) => 'value' in one) && odd.envelope === undefined) {
    const texts = Object.entries({ ...rest, access_token, refresh_token }).map(([name, value]) => [
      name,
      String(value),
    ]);
    return new URLSearchParams(texts).toString();
  }
  const inside = `{${members.map(([name, text]) => `${JSON.stringify(name)}:${odd.space}${text}`).join(',')}}`;
  const whole = odd.envelope ? `{"code":0,${JSON.stringify(odd.envelope)}:${inside}}` : inside;
  return `${odd.mark}${odd.space}${whole}${odd.space}`;
}

function textOf(one: Beside): string {
  if ('deep' in one) {
    const [open, close] = one.of === '[' ? ['[', ']'] : ['{"a":', '}'];
    return `${open.repeat(one.deep)}1${close.repeat(one.deep)}`;
  }
  if ('long' in one) return JSON.stringify('x'.repeat(one.long));
  if ('many' in one) return JSON.stringify(Array.from({ length: one.many }, (_, count) => count));
  return JSON.stringify(one.value) ?? 'null';
}
