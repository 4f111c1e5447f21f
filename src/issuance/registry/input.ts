import { z } from 'zod';
import { Problem } from '../../kit/problem.ts';

/** Returns the parsed input. @throws Problem 422 that names each faulty field. */
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

export function invalidField(path: string, message: string): Problem {
  return new Problem('invalid_body', {
    detail: `${path}: ${message}`,
    members: { errors: [{ path, message }] },
  });
}

/** One page of a list of apps: the cursor may be the address of a metadata document. */
export const pageOfApps = z.object({
  limit: z.int().min(1).max(201),
  cursor: z.string().refine(isAppId, 'is no id').optional(),
});

/** One page of a list, in order of creation. The cursor is the last id of the page before. */
export const pageOf = z.object({
  // One more than the largest page, 200: the extra row tells whether there is another page.
  limit: z.int().min(1).max(201),
  cursor: z.string().refine(isPlainId, 'is no id').optional(),
});

export type ListPage = z.input<typeof pageOf>;

/** A text without control characters. PostgreSQL's texts do not allow NUL. */
export const text = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');

/** Returns whether a value from a URL or a client can be an id at all. Other values are not looked up. */
export function isPlainId(id: string): boolean {
  return /^[\w-]{1,64}$/.test(id);
}

/** Returns the same for an app. An app that registered itself may have the address of its metadata document as its id. */
export function isAppId(id: string): boolean {
  return isPlainId(id) || /^https:\/\/[\x21-\x7e]{1,504}$/.test(id);
}
