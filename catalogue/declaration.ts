import type { Connector } from '../src/connectors/contract/contract.ts';
import type { ExpiredTokenSigns } from '../src/connectors/contract/expired-token.ts';
import { optionsOf } from '../src/connectors/contract/options.ts';
import type { Registration } from '../src/connectors/contract/registration.ts';
import { schemeOf } from '../src/connectors/contract/transport.ts';
import { emailOf, lifetime, protocolOf, refreshOf, revocationOf } from './words.ts';

/** Returns a connector's declaration, as the tables of its page. */
export function declarationOf(connector: Connector): string {
  const rows = [
    ...identityRows(connector),
    ...addressRows(connector),
    ...askRows(connector),
    ...tokenRows(connector),
    ...moreRows(connector),
  ];
  const table = [
    '| declared |  |',
    '| --- | --- |',
    ...rows.map(([name, value]) => `| ${name} | ${cell(value)} |`),
  ];
  return [...table, ...optionTable(connector)].join('\n');
}

type Row = readonly [name: string, value: string];

const buttons: Record<NonNullable<Connector['buttonLook']>, string> = {
  coloured: 'by the rules of the provider: its colours and words, as large as the others',
  inked: 'by the rules of the provider: black or white, its words, as large as the others',
};

function identityRows(connector: Connector): Row[] {
  const { provider, title, issuer, sharedId, alternates = [], perConnection, buttonLook } = connector;
  return [
    ['Provider', `${code(provider)} – ${title.en === title.zh ? title.en : `${title.en}, ${title.zh}`}`],
    ['Protocol', protocolOf(connector)],
    ...row('Button', buttonLook && `${buttons[buttonLook]} ([sign-in page](../sign-in-page.md))`),
    ...row('Issuer', !perConnection?.includes('issuer') && code(issuer)),
    ['E-mail address', emailOf(connector)],
    ...row('Id shared between your apps', sharedId && code(sharedId)),
    ...row('Further ids', alternates.map(code).join(', ')),
  ];
}

function addressRows({ endpoints, perConnection = [] }: Connector): Row[] {
  const { authorization, token, refresh, userinfo, revocation, jwks, api } = endpoints;
  const all = Object.entries({ authorization, token, refresh, userinfo, revocation, jwks, api });
  const known = all.filter(([name]) => !perConnection.some((own) => own === name));
  return [
    ...known.flatMap(([name, url]) => row(`Endpoint ${code(name)}`, url && code(url))),
    ...row('Set per connection', perConnection.map(code).join(', ')),
  ];
}

function askRows(connector: Connector): Row[] {
  const { scopes, callback, signInBy, pkce, clientAuthentication, mintClientSecret, appToken } = connector;
  const how = {
    client_secret_post: 'client id and secret in the request',
    client_secret_basic: 'HTTP Basic',
    none: 'client id alone',
  };
  const further = `${mintClientSecret ? ', with a secret generated for each call' : ''}${appToken ? ', and an access token of the app itself' : ''}`;
  const answer = [
    callback?.mode === 'form_post' && 'a form post',
    callback?.signed && 'signed by the provider',
    callback?.code && `the code’s parameter is ${code(callback.code)}`,
  ];
  return [
    ['Default scopes', scopes.default.length > 0 ? scopes.default.map(code).join(', ') : 'none'],
    ...row('Scopes', scopes.cover && 'a wide scope counts for the scopes that it includes'),
    ...row('Callback', answer.filter((part) => part).join(', ')),
    ...row('Sign-in', signInBy === 'code' && 'only with a code from the provider’s SDK'),
    ['PKCE', { required: 'required', supported: 'used', unsupported: 'not used' }[pkce]],
    ['Client authentication', how[clientAuthentication] + further],
  ];
}

function tokenRows(connector: Connector): Row[] {
  const { family, refresh, transport, expiredToken } = connector;
  if (family === 'tokenless') return [['Tokens', 'none']];
  const { accessLifetime, refreshLifetime, absoluteCap, keepAlive, ahead, narrows } = refresh;
  const silent = (seconds: number | undefined, otherwise: string) =>
    seconds === undefined ? otherwise : `from the answer, else ${lifetime(seconds)}`;
  const refreshable = refresh.how === 'refresh_token';
  return [
    ['Refresh', refreshOf(connector)],
    ['Access token lifetime', silent(accessLifetime, 'from the answer, else no expiry')],
    ...row(
      'Refresh token lifetime',
      refreshable && silent(refreshLifetime, 'from the answer, else until the provider refuses it'),
    ),
    ...row(
      'The grant ends',
      absoluteCap && `${lifetime(absoluteCap)} after the consent, even if tokens are refreshed`,
    ),
    ...row('Refreshed even if unused', keepAlive && `after ${lifetime(keepAlive)}`),
    ...row('Refreshed ahead', ahead && `with less than ${lifetime(ahead)} left`),
    ...row('Fewer scopes', narrows && fewerScopes[narrows === true ? 'always' : narrows]),
    ['Revocation', revocationOf(connector)],
    ['Token in API calls', transportWords(transport, connector)],
    ...row('An expired token', expiredToken && expiredWords(expiredToken)),
  ];
}

const fewerScopes = {
  always: 'a refresh may ask for a token with fewer scopes',
  'by-resource':
    'a refresh can drop the scopes of another resource, but not some scopes of one; a token with more scopes than the policy allows is refused',
};

function expiredWords({ words = [], doubtfulStatuses = [] }: ExpiredTokenSigns): string {
  const statuses = doubtfulStatuses.map((status) => `status ${status}, as a doubtful sign`);
  return `also by ${[...words.map(code), ...statuses].join('; ')} ([proxy](../proxy.md#an-expired-token))`;
}

function transportWords(transport: Connector['transport'], connector: Connector): string {
  const { name, beside = [], headers } = transport;
  const scheme = schemeOf(transport);
  const where =
    transport.in === 'query'
      ? `query parameter ${code(name)}`
      : `header ${code(`${name}: ${scheme ? `${scheme} ` : ''}…`)}`;
  const further = Object.entries(headers?.(sampleOf(connector)) ?? {}).map(([header, value]) =>
    code(`${header}: ${value}`),
  );
  return [where, ...further, ...beside.map((parameter) => `${code(parameter)} in the query`)].join(', ');
}

/** A connection with the connector's defaults only. */
function sampleOf({ endpoints, issuer, options, scopes }: Connector): Registration {
  return {
    alias: '{alias}',
    clientId: '{client_id}',
    clientSecret: undefined,
    redirectUri: '{PUBLIC_URL}/connections/{alias}/callback',
    scopes: scopes.default,
    endpoints,
    issuer,
    options: optionsOf(options),
    secrets: {},
  };
}

function moreRows({ native, signals, inApp, provider }: Connector): Row[] {
  const kinds = native?.kinds.map((kind) => kind.replace('_', ' ')).join(', ');
  return [
    ...row('From its SDK', kinds && `${kinds}; needs option ${code('native_audience')}`),
    ...row('Signals', signals && `${code('{PUBLIC_URL}/connections/{alias}/signals')}. ${signals.about}`),
    ...row(
      'In-app browser',
      inApp && `user agent ${code(inApp.userAgent.source)}${inApp.only ? ', and only there' : ''}`,
    ),
    ['Add it', code(`npm run symbolon -- connections add {alias} --provider ${provider} …`)],
  ];
}

function optionTable({ options = {} }: Connector): string[] {
  const names = Object.entries(options);
  if (names.length === 0) return [];
  const rows = names.map(([name, { about, default: usual, values = [], required, secret }]) => {
    const marks = [required && 'required', secret && 'secret'].filter((mark) => mark);
    const value = [...(usual === undefined ? [] : [code(usual)]), ...marks].join(', ');
    return `| ${code(name)} | ${value} | ${values.map(code).join(', ')} | ${cell(about)} |`;
  });
  return ['', '| option | default | values | |', '| --- | --- | --- | --- |', ...rows];
}

function row(name: string, value: string | number | boolean | undefined): Row[] {
  return typeof value === 'string' && value !== '' ? [[name, value]] : [];
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
