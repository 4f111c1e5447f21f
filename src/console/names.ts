import { displayText } from '../http/display-text.ts';
import { type Html, html } from '../kit/html.ts';
import type { Person } from './answers.ts';
import type { Listed } from './list-declaration.ts';
import type { Visit } from './visit.ts';

/** The people and apps that a page names, read once for the whole page. */
export interface Names {
  person(id: string | null): Html;
  app(id: string | null): Html;
}

/** Returns the names of people by their ids. A person who is gone is shown by the id. */
export async function namesOf(
  visit: Visit,
  ids: { readonly people: readonly (string | null)[]; readonly apps: boolean },
): Promise<Names> {
  const distinct = [...new Set(ids.people)].filter((id) => id?.startsWith('usr_')) as string[];
  const [known, apps] = await Promise.all([
    personNames(visit, distinct),
    ids.apps ? appNames(visit) : new Map<string, string>(),
  ]);
  return {
    person: (id) =>
      id === null ? html`` : html`<a href="/console/people/${id}" class="name">${known.get(id) ?? id}</a>`,
    app: (id) => (id === null ? html`` : html`<span class="name">${apps.get(id) ?? id}</span>`),
  };
}

/** The list takes no more ids at once. */
const mostIds = 200;

/** Reads names by the list, since reading the page of a person is an event. */
async function personNames({ read }: Visit, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const query = { id: ids.slice(0, mostIds), limit: String(mostIds) };
  const { items } = await read<Listed<Person>>('GET /users', { query });
  return new Map(items.flatMap(({ id, name }) => (name ? [[id, displayText(name)] as const] : [])));
}

/** Returns the names of the apps by client id. A broker with more of them shows the ids of the others. */
export async function appNames(visit: Visit): Promise<ReadonlyMap<string, string>> {
  const { items } = await visit.read<{ items: { client_id: string; name: string }[] }>('GET /apps', {
    query: { limit: '200' },
  });
  return new Map(items.map(({ client_id: id, name }) => [id, displayText(name)]));
}
