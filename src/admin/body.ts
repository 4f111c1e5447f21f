import { Problem } from '../kit/problem.ts';

/** No request body of the admin API is nested deeper. */
const deepest = 32;

/**
 * Refuses NUL and unpaired surrogates, which PostgreSQL cannot store, and the name `__proto__`. @throws Problem invalid_body naming the
 * field.
 */
export function requireStorable(body: unknown, path: readonly string[] = []): void {
  if (typeof body === 'string') {
    if (body.includes('\0') || !body.isWellFormed())
      throw fault(path.join('.'), 'contains characters that cannot be stored');
  } else if (body !== null && typeof body === 'object') {
    if (path.length > deepest) throw fault('', 'is nested too deeply');
    for (const [name, value] of Object.entries(body)) {
      // A schema may drop this name without a word, and a filter without its condition matches everything.
      if (name === '__proto__') throw fault([...path, name].join('.'), 'is not a name of a field');
      requireStorable(value, [...path, name]);
    }
  }
}

function fault(path: string, message: string): Problem {
  return new Problem('invalid_body', {
    detail: `${path || 'body'}: ${message}`,
    members: { errors: [{ path, message }] },
  });
}
