import { z } from 'zod';
import { Problem } from '../kit/problem.ts';

const faults = z.array(z.object({ path: z.string(), message: z.string() }));

/** Rewrites another room's complaint about a field to the admin API's name of it. @throws Problem */
export async function withApiNames<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof Problem ? renamed(error) : error;
  }
}

function renamed(problem: Problem): Problem {
  const errors = faults.safeParse(problem.members.errors);
  if (!errors.success) return problem;
  const named = errors.data.map(({ path, message }) => ({ path: snakeCase(path), message }));
  const [first] = named;
  return new Problem('invalid_body', {
    ...(first && { detail: `${first.path || 'body'}: ${first.message}` }),
    members: { errors: named },
    cause: problem,
  });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
