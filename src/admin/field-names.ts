import { z } from 'zod';
import { Problem } from '../kit/problem.ts';

const errorList = z.array(z.object({ path: z.string(), message: z.string() }));

/** Passes the result on. A problem about a field gets the admin API's name of the field. @throws Problem */
export async function withApiNames<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof Problem ? renamed(error) : error;
  }
}

function renamed(problem: Problem): Problem {
  const errors = errorList.safeParse(problem.members.errors);
  if (!errors.success) return problem;
  const renamedErrors = errors.data.map(({ path, message }) => ({ path: snakeCase(path), message }));
  const [first] = renamedErrors;
  return new Problem('invalid_body', {
    ...(first && { detail: `${first.path || 'body'}: ${first.message}` }),
    members: { errors: renamedErrors },
    cause: problem,
  });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
