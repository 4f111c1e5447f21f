export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export type JsonObject = Readonly<Record<string, Json>>;

/**
 * Parses JSON without changing an id: an integer that a double cannot hold becomes a string with the same digits.
 * `__proto__` is dropped. @throws SyntaxError
 */
export function parseExactJson(text: string): Json {
  return JSON.parse(text, (name, value: Json, context?: { readonly source?: string }) => {
    if (name === '__proto__') return undefined;
    const inexact = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return inexact && context?.source !== undefined ? context.source : value;
  }) as Json;
}

/** Returns the JSON if it is an object, else undefined. */
export function asObject(json: Json | undefined): JsonObject | undefined {
  return json !== null && typeof json === 'object' && !Array.isArray(json) ? (json as JsonObject) : undefined;
}

/** Returns the parsed JSON, or undefined for a text that is none. */
export function tryParse(text: string): Json | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
