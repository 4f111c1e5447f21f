import { Problem } from '../kit/problem.ts';

/** The members of a configuration that support sees: what things are called, and whether they are in use and work. */
const names = new Set(['id', 'alias', 'provider', 'name', 'type', 'identifier', 'enabled', 'for', 'health']);

/** Returns the answer without the settings of the configuration. A list keeps its form. */
export function namesOf(answer: unknown): unknown {
  if (answer === null || typeof answer !== 'object') return answer;
  if ('items' in answer && Array.isArray(answer.items))
    return { ...answer, items: answer.items.map(namesOf) };
  return Object.fromEntries(Object.entries(answer).filter(([name]) => names.has(name)));
}

/** The filters of lists that compare other members. */
const bySetting = ['connection', 'first_party', 'managed_by'];

/** Refuses a search for what the answer leaves out: it would tell it piece by piece. @throws Problem forbidden */
export function requireSearchByName(query: object): void {
  const hidden = bySetting.find((name) => Reflect.get(query, name) !== undefined);
  if (hidden !== undefined)
    throw new Problem('forbidden', { detail: `${hidden}: Support sees names only, and searches for them.` });
}
