import { describe, expect, it } from 'vitest';
import {
  covers,
  includesBy,
  missingScopes,
  ungrantedScopes,
} from '../../src/connectors/contract/scope-cover.ts';
import { grantedScopes } from '../../src/connectors/engine/granted-scopes.ts';
import { findConnector } from '../../src/connectors/registry.ts';

// The scopes that include another one, for each provider.

function connector(provider: string) {
  const found = findConnector(provider);
  if (!found) throw new Error(`no connector ${provider}`);
  return found;
}

const graph = 'https://graph.microsoft.com/';
const google = 'https://www.googleapis.com/auth/';

it.each(['github', 'google', 'microsoft'])('%s: a name of JavaScript’s own is a name', (provider) => {
  const { scopes } = connector(provider);
  const names = ['constructor', 'toString', 'hasOwnProperty'];
  expect(grantedScopes(names.join(' '), { scopes }, [])).toEqual(names);
  expect(missingScopes({ scopes }, names, ['other', 'constructor'])).toEqual(['other']);
  expect(ungrantedScopes({ scopes }, ['other'], names)).toEqual(names);
});

describe('a scope is covered', () => {
  it.each([
    ['github', 'repo user', 'public_repo'],
    ['github', 'repo user', 'repo:status'],
    ['github', 'repo user', 'user:email'],
    ['github', 'admin:org', 'read:org'],
    ['github', 'admin:repo_hook', 'read:repo_hook'],
    ['github', 'admin:public_key', 'write:public_key'],
    ['github', 'write:network_configurations', 'read:network_configurations'],
    ['microsoft', `${graph}User.Read`, 'user.read'],
    ['microsoft', 'user.read', `${graph}User.Read`],
    ['microsoft', 'Mail.ReadWrite', `${graph}Mail.Read`],
    ['microsoft', 'Files.ReadWrite.All', 'Files.Read'],
    ['microsoft', 'User.Read', 'offline_access'],
    ['microsoft', `${graph}.default`, 'Mail.Read'],
    ['microsoft', '.default', `${graph}Mail.Read`],
    ['salesforce', 'full', 'api'],
    ['salesforce', 'full', 'custom_permissions'],
    ['salesforce', 'api', 'chatter_api'],
    ['salesforce', 'refresh_token', 'offline_access'],
    ['google', 'email', `${google}userinfo.email`],
    ['google', `${google}calendar`, `${google}calendar.readonly`],
    ['google', `${google}calendar`, `${google}calendar.events`],
    ['google', `${google}drive`, `${google}drive.metadata.readonly`],
    ['google', `${google}drive`, `${google}drive.file`],
    ['google', 'https://mail.google.com/', `${google}gmail.send`],
    ['gitlab', 'api', 'read_user'],
    ['gitlab', 'read_api', 'read_repository'],
    ['shopify', 'write_orders', 'read_orders'],
    ['bitbucket', 'pullrequest:write', 'repository'],
    ['reddit', '*', 'submit'],
    ['strava', 'activity:read_all', 'activity:read'],
    ['twitch', 'channel:manage:polls', 'channel:read:polls'],
  ])('at %s by %s: %s', (provider, granted, wanted) => {
    expect(covers(connector(provider), granted.split(' '), wanted)).toBe(true);
  });

  it.each([
    ['github', 'public_repo read:user', 'repo'],
    ['github', 'read:user', 'user:email'],
    ['github', 'write:org', 'admin:org'],
    ['github', 'repo', 'admin:repo_hook'],
    ['microsoft', 'Mail.Read', 'Mail.ReadWrite'],
    ['microsoft', 'Mail.ReadWrite', 'Calendars.Read'],
    ['microsoft', 'Files.Read', 'Files.Read.All'],
    ['microsoft', 'User.Read', `${graph}.default`],
    ['microsoft', `${graph}.default`, 'https://vault.azure.net/user_impersonation'],
    ['microsoft', 'https://outlook.office.com/Mail.Read', 'Mail.Read'],
    ['salesforce', 'full', 'refresh_token'],
    ['salesforce', 'chatter_api', 'api'],
    ['google', `${google}calendar.readonly`, `${google}calendar`],
    ['google', `${google}drive`, `${google}drive.appdata`],
    ['gitlab', 'read_api', 'api'],
    ['gitlab', 'api', 'openid'],
    ['shopify', 'read_orders', 'write_orders'],
    ['bitbucket', 'repository:admin', 'repository'],
    ['discord', 'Identify', 'identify'],
    ['oauth2', 'repo', 'repo:status'],
  ])('and not at %s by %s: %s', (provider, granted, wanted) => {
    expect(covers(connector(provider), granted.split(' '), wanted)).toBe(false);
  });
});

it('the missing ones are named as they were requested', () => {
  const wanted = ['User.Read', 'Calendars.Read', `${graph}Notes.Read`, 'openid'];
  expect(missingScopes(connector('microsoft'), ['user.read'], wanted)).toEqual([
    'Calendars.Read',
    `${graph}Notes.Read`,
  ]);
});

it.each([
  ['User.Read openid', `${graph}.default`, []],
  [`${graph}User.Read`, '.default', []],
  ['api://orders/read', 'api://orders/.default', []],
  ['openid profile offline_access', `${graph}.default`, [`${graph}.default`]],
  ['User.Read', 'api://orders/.default', ['api://orders/.default']],
  ['User.Read', 'Mail.Read', ['Mail.Read']],
])('of the answer of %s to %s this is missing: %j', (granted, wanted, missing) => {
  expect(ungrantedScopes(connector('microsoft'), granted.split(' '), [wanted])).toEqual(missing);
});

it('a table whose scopes include each other ends', () => {
  const includes = includesBy({ one: ['two'], two: ['one', 'three'] });
  expect([includes('one', 'three'), includes('three', 'one')]).toEqual([true, false]);
});
