import { z } from 'zod';

export const accountArgument = z
  .string()
  .min(1)
  .max(64)
  .describe('An id from list_accounts, or the alias of a connection with one account');

export const pathArgument = z
  .string()
  .min(1)
  .max(2_000)
  .describe('The path below the base of the API, for example /user; never a whole address');

const value = z.union([z.string().max(4_000), z.number(), z.boolean()]);

export const queryArgument = z
  .record(z.string().min(1).max(200), z.union([value, z.array(value).max(100)]))
  .optional()
  .describe('The parameters of the query');

export const headersArgument = z
  .record(
    z.string().regex(/^[\w-]{1,100}$/),
    z
      .string()
      .max(1_000)
      .regex(/^[\t\x20-\x7e]*$/),
  )
  .optional()
  .describe('Request headers; those that the policy does not allow are left out');

/** Returns path and query. A query within the path is moved to its place, since agents often write it so. */
export function splitPath(
  path: string,
  query: z.output<typeof queryArgument>,
): { readonly path: string; readonly query: string } {
  const at = path.indexOf('?');
  const written = at < 0 ? '' : path.slice(at + 1);
  const parameters = new URLSearchParams();
  for (const [name, values] of Object.entries(query ?? {}))
    for (const one of [values].flat()) parameters.append(name, String(one));
  return {
    path: at < 0 ? path : path.slice(0, at),
    query: [written, parameters.toString()].filter(Boolean).join('&'),
  };
}
