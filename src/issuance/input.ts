import type { z } from 'zod';
import { Problem } from '../kit/problem.ts';

/** @throws Problem 422 that names each field. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const [first] = errors;
  throw new Problem('invalid_body', {
    ...(first && { detail: `${first.path || 'body'}: ${first.message}` }),
    members: { errors },
  });
}

export function refuse(path: string, message: string): Problem {
  return new Problem('invalid_body', {
    detail: `${path}: ${message}`,
    members: { errors: [{ path, message }] },
  });
}
