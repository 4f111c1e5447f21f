import { Problem } from '../kit/problem.ts';

/** PostgreSQL holds neither NUL nor half a surrogate pair. @throws Problem invalid_body naming the field. */
export function requireStorable(body: unknown, path: readonly string[] = []): void {
  if (typeof body === 'string') {
    if (body.includes('\0') || !body.isWellFormed()) throw unstorable(path);
  } else if (body !== null && typeof body === 'object') {
    for (const [name, value] of Object.entries(body)) requireStorable(value, [...path, name]);
  }
}

function unstorable(path: readonly string[]): Problem {
  const fault = { path: path.join('.'), message: 'contains characters that cannot be stored' };
  return new Problem('invalid_body', {
    detail: `${fault.path || 'body'}: ${fault.message}`,
    members: { errors: [fault] },
  });
}
