import { describe, expect, it } from 'vitest';
import { manageAccessUrl } from '../../src/connectors/contract/manage-access.ts';
import { wordsOfScope } from '../../src/connectors/contract/scope-words.ts';
import { github } from '../../src/connectors/providers/github.ts';
import { google } from '../../src/connectors/providers/google.ts';
import { microsoft } from '../../src/connectors/providers/microsoft.ts';
import { findConnector, providers } from '../../src/connectors/registry.ts';

const connectors = providers.flatMap((name) => findConnector(name) ?? []);

describe('scopes in words', () => {
  it.each(connectors.map((connector) => [connector.provider, connector] as const))(
    '%s has words for each of its default scopes',
    (_provider, connector) => {
      const without = connector.scopes.default.filter((scope) => !wordsOfScope(connector, scope));
      expect(without).toEqual([]);
    },
  );

  it.each([
    [google, 'https://www.googleapis.com/auth/userinfo.email', '获取您的邮箱地址'],
    [google, 'https://www.googleapis.com/auth/calendar.readonly', '查看您的日历'],
    [microsoft, 'https://graph.microsoft.com/mail.read', '读取您的邮件'],
    [github, 'constructor', undefined],
    [github, 'no:such', undefined],
  ])('are found under each spelling: %o %s', (connector, scope, words) => {
    expect(wordsOfScope(connector, scope)?.zh).toBe(words);
  });

  it('have no full stop, and both languages', () => {
    for (const { provider, scopeWords = {} } of connectors)
      for (const [scope, { en, zh }] of Object.entries(scopeWords)) {
        expect([provider, scope, en]).toEqual([provider, scope, expect.stringMatching(/^[a-z].*[^.]$/)]);
        expect([provider, scope, zh]).toEqual([
          provider,
          scope,
          expect.stringMatching(/^\p{Script=Han}.*[^。]$/u),
        ]);
      }
  });
});

describe('the place at the provider where people end the access of an app', () => {
  it('is a page by https, or a way through menus', () => {
    for (const { manageAccess, endpoints } of connectors) {
      if (!manageAccess) continue;
      const url = manageAccessUrl(manageAccess, endpoints);
      expect(url?.startsWith('https://') ?? manageAccess.menu !== undefined).toBe(true);
    }
  });

  it('is on the host that the connection names, for a provider that can be self-hosted', () => {
    const endpoints = {
      ...github.endpoints,
      authorization: 'https://git.corp.example/login/oauth/authorize',
    };
    expect(github.manageAccess && manageAccessUrl(github.manageAccess, endpoints)).toBe(
      'https://git.corp.example/settings/applications',
    );
  });
});
