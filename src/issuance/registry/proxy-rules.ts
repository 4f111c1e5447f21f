import { z } from 'zod';

/** Calls of a provider's API that the proxy may make for an app. */
export interface ProxyRule {
  readonly methods: readonly ProxyMethod[];
  /** A path below the API's base URL. `*` matches one segment, `**` at the end any number of them. */
  readonly path: string;
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

export const proxyRules = z
  .array(z.strictObject({ methods: z.array(proxyMethod).min(1), path }))
  .max(100)
  .describe('Calls of the provider’s API that the proxy makes for the app; empty: none');

export function methodOf(name: string): ProxyMethod | undefined {
  return proxyMethod.safeParse(name).data;
}

/** Returns a path without path parameters (RFC 3986 section 3.3): servers that support them read `..;x` as `..`. */
export function withoutParameters(path: string): string {
  return path.replace(/(?:;|%3b)[^/]*/gi, '');
}

/** Returns the first rule that allows a call under each possible reading of its path. */
export function findProxyRule(
  rules: readonly ProxyRule[],
  { method, readings }: { readonly method: ProxyMethod; readonly readings: readonly string[] },
): ProxyRule | undefined {
  return rules.find(
    ({ methods, path: pattern }) =>
      methods.includes(method) &&
      readings.every(
        (reading) => fits(pattern, reading) && fits(withoutParameters(pattern), withoutParameters(reading)),
      ),
  );
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
