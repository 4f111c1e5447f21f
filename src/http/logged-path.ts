/** Returns the path of a request for the log: not too long, and without the handle of an invitation or the code of an erasure. */
export function loggedPath(path: string): string {
  return path
    .replace(/^(\/console\/join\/)[0-9a-f]{16,}/i, '$1…')
    .replace(/^(\/account\/erased\/).+/i, '$1…')
    .slice(0, 200);
}
