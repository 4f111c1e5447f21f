import type { Request, Response } from 'express';

/**
 * Lets browsers and shared caches keep a file under the address of its present version (`?v=`), or without one. Under
 * another version's address nothing is kept: a caller could ask for a coming one, and a shared cache would then show
 * the old file to all people.
 */
export function keepVersion({ query }: Request, response: Response, version: number): Response {
  const isKept = query.v === undefined || query.v === String(version);
  return response.set('Cache-Control', isKept ? 'public, max-age=86400' : 'no-store');
}
