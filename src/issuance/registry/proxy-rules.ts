import { z } from 'zod';

/** Calls of a provider's API that the proxy may make for an app. */
export interface ProxyRule {
  readonly methods: readonly ProxyMethod[];
  /** A path below the API's base URL. `*` matches one segment, `**` at the end any number of them. */
  readonly path: string;
  /** `never`: an agent makes these calls without a question to the person; `always`: it asks before reads too, whatever the person chose. */
  readonly approval?: 'never' | 'always' | undefined;
  /** True for calls that are refused, whatever other rules allow. */
  readonly deny?: true | undefined;
}

const proxyMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type ProxyMethod = (typeof proxyMethods)[number];

const path = z
  .string()
  .max(500)
  .regex(
    /^(\/(\*|[\w\-.~!$&'()+,;=:@]+))*(\/|\/\*\*)?$/,
    'must be a path such as /v1/items/* or /v1/**, without encoded characters',
  )
  .refine((value) => !/\/\.{1,2}(\/|;|$)/.test(value), 'must not contain . or .. segments');

const proxyMethod = z.enum(proxyMethods);

const proxyRule = z
  .strictObject({
    methods: z.array(proxyMethod).min(1),
    path,
    approval: z
      .enum(['never', 'always'])
      .optional()
      .describe('Whether an agent asks the person before such a call; absent: as the person chose'),
    deny: z.literal(true).optional().describe('Such calls are refused, whatever other rules allow'),
  })
  .refine(({ approval, deny }) => !(approval && deny), 'a denied call has no approval');

export const proxyRules = z
  .array(proxyRule)
  .max(100)
  .describe('Calls of the provider’s API that the proxy makes for the app; empty: none');

/** Returns a rule in its one form, as rows and answers have it. */
export function plainRule({ methods, path: pattern, approval, deny }: ProxyRule) {
  return {
    methods: [...methods],
    path: pattern,
    ...(approval && { approval }),
    ...(deny && { deny }),
  };
}

/** Returns a rule as one line: `POST /drafts/** unasked`. */
export function ruleLine({ methods, path: pattern, approval, deny }: LooseRule): string {
  const remark = deny ? 'denied' : approval === 'never' ? 'unasked' : approval === 'always' ? 'asked' : '';
  return [methods.join(','), pattern, remark].filter(Boolean).join(' ');
}

interface LooseRule {
  readonly methods: readonly string[];
  readonly path: string;
  readonly approval?: string | undefined;
  readonly deny?: boolean | undefined;
}

/** Returns the rule of a line. A word that is none of the remarks stays part of the path, which is then refused. */
export function ruleOfLine(line: string): LooseRule {
  const [methods = '', ...rest] = line.trim().split(/\s+/);
  const remark = rest.length > 1 ? remarks[rest.at(-1) ?? ''] : undefined;
  const path = (remark ? rest.slice(0, -1) : rest).join(' ');
  return { methods: methods.toUpperCase().split(',').filter(Boolean), path, ...remark };
}

const remarks: Readonly<Record<string, Pick<LooseRule, 'approval' | 'deny'>>> = {
  denied: { deny: true },
  unasked: { approval: 'never' },
  asked: { approval: 'always' },
};

export function methodOf(name: string): ProxyMethod | undefined {
  return proxyMethod.safeParse(name).data;
}

/** Returns a path without path parameters (RFC 3986 section 3.3): servers that support them read `..;x` as `..`. */
export function withoutParameters(path: string): string {
  return path.replace(/(?:;|%3b)[^/]*/gi, '');
}

/** A call with each possible reading of its path. */
export interface ReadCall {
  readonly method: ProxyMethod;
  readonly readings: readonly string[];
}

/** Returns the first rule that allows a call under each possible reading of its path, unless another one denies it. */
export function findProxyRule(
  rules: readonly ProxyRule[],
  { method, readings }: ReadCall,
): ProxyRule | undefined {
  if (isDenied(rules, { method, readings })) return undefined;
  return rules.find(
    ({ methods, path: pattern, deny }) =>
      !deny &&
      methods.includes(method) &&
      readings.every(
        (reading) => fits(pattern, reading) && fits(withoutParameters(pattern), withoutParameters(reading)),
      ),
  );
}

/**
 * Returns whether a rule denies a call. Many servers compare paths without their case, their encoding and a last slash, so
 * that any reading counts that may fit.
 */
function isDenied(rules: readonly ProxyRule[], call: ReadCall): boolean {
  return rules.some((rule) => rule.deny && fitsLoosely(rule, call));
}

/**
 * Returns the operator's word on the question before a call, whatever the order of the rules: `always` fits as loosely as a
 * denial, and `never` as strictly as a permission.
 */
export function approvalOf(rules: readonly ProxyRule[], call: ReadCall): ProxyRule['approval'] {
  if (rules.some((rule) => rule.approval === 'always' && fitsLoosely(rule, call))) return 'always';
  return findProxyRule(
    rules.filter(({ approval }) => approval === 'never'),
    call,
  )?.approval;
}

function fitsLoosely({ methods, path: pattern }: ProxyRule, { method, readings }: ReadCall): boolean {
  if (!methods.includes(method)) return false;
  const loose = readings.flatMap((reading) => [reading, withoutParameters(reading)]);
  return loose.some((reading) => fits(folded(pattern), folded(reading)));
}

function folded(path: string): string {
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (sign, hex: string) =>
    hex.toLowerCase() === '2f' ? sign : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decoded.toLowerCase().replace(/(?<=.)\/+$/, '');
}

/** Returns whether a path fits: `*` stands for one segment that is not empty, a final `**` for any rest. */
function fits(pattern: string, path: string): boolean {
  const patternSegments = pattern.split('/');
  const segments = path.split('/');
  const isOpen = patternSegments.at(-1) === '**';
  const fixed = isOpen ? patternSegments.slice(0, -1) : patternSegments;
  if (isOpen ? segments.length < fixed.length : segments.length !== fixed.length) return false;
  return fixed.every(
    (segment, index) => segment === segments[index] || (segment === '*' && segments[index] !== ''),
  );
}
