export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * Parses JSON so that no id changes on the way: an integer that a double cannot hold comes as the string it was
 * written as. `__proto__` is dropped. @throws SyntaxError
 */
export function parseExactJson(text: string): Json {
  return JSON.parse(text, (name, value: Json, context?: { readonly source?: string }) => {
    if (name === '__proto__') return undefined;
    const inexact = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return inexact && context?.source !== undefined ? context.source : value;
  }) as Json;
}
