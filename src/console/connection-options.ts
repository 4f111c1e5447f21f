import { findConnector } from '../connectors/registry.ts';
import type { Option } from './list-declaration.ts';
import type { Visit } from './visit.ts';

interface NamedConnection {
  readonly alias: string;
  readonly provider: string;
}

/** Returns the connections to choose from, with the names of their providers. */
export async function connectionOptions({ read, locale }: Visit): Promise<readonly Option[]> {
  const { items } = await read<{ items: NamedConnection[] }>('GET /connections', { query: { limit: '200' } });
  return items.map(({ alias, provider }) => {
    const title = findConnector(provider)?.title[locale] ?? provider;
    return { value: alias, text: title.toLowerCase() === alias ? title : `${title} (${alias})` };
  });
}
