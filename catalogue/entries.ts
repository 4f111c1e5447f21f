import type { Connector } from '../src/connectors/contract/contract.ts';
import { findConnector, providers } from '../src/connectors/registry.ts';

/** A provider of the registry, with the paths of its page and its suite. */
export interface Entry {
  readonly provider: string;
  readonly connector: Connector;
  /** The hand-written page, with the declaration in it. */
  readonly page: string;
  /** The test that calls the conformance suite. */
  readonly suite: string;
}

/** All providers, sorted by English title. */
export const entries: readonly Entry[] = providers
  .flatMap((provider) => {
    const connector = findConnector(provider);
    const page = `docs/providers/${provider}.md`;
    return connector ? [{ provider, connector, page, suite: `test/connectors/${provider}.test.ts` }] : [];
  })
  .toSorted((a, b) => a.connector.title.en.localeCompare(b.connector.title.en, 'en'));
