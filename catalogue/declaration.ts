import type { Connector } from '../src/connectors/contract.ts';
import { optionsOf } from '../src/connectors/options.ts';
import type { Registration } from '../src/connectors/registration.ts';
import { schemeOf } from '../src/connectors/transport.ts';
import { emailOf, lifetime, protocolOf, refreshOf, revocationOf } from './words.ts';

/** What a connector declares, as the tables of its page. */
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

function identityRows(connector: Connector): Row[] {
  const { provider, title, issuer, sharedId, alternates = [], perConnection } = connector;
  return [
    ['Provider', `${code(provider)} – ${title.en === title.zh ? title.en : `${title.en}, ${title.zh}`}`],
    ['Protocol', protocolOf(connector)],
    ...row('Issuer', !perConnection?.includes('issuer') && code(issuer)),
    ['E-mail address', emailOf(connector)],
    ...row('Known to your other apps by', sharedId && code(sharedId)),
    ...row('Further ids', alternates.map(code).join(', ')),
  ];
}

function addressRows({ endpoints, perConnection = [] }: Connector): Row[] {
  const { authorization, token, refresh, userinfo, revocation, jwks, api } = endpoints;
  const all = Object.entries({ authorization, token, refresh, userinfo, revocation, jwks, api });
  const known = all.filter(([name]) => !perConnection.some((own) => own === name));
  return [
    ...known.flatMap(([name, url]) => row(`Endpoint ${code(name)}`, url && code(url))),
    ...row('Each connection gives', perConnection.map(code).join(', ')),
  ];
}

function askRows(connector: Connector): Row[] {
  const { scopes, callback, departure, pkce, clientAuthentication, mintClientSecret, appToken } = connector;
  const how = {
    client_secret_post: 'client id and secret in the request',
    client_secret_basic: 'HTTP Basic',
    none: 'client id alone',
  };
  const further = `${mintClientSecret ? ', a secret made for each call' : ''}${appToken ? ', and a token of the app’s own' : ''}`;
  const answer = [
    callback?.mode === 'form_post' && 'a form is posted back',
    callback?.signed && 'signed by the provider',
    callback?.code && `the code is called ${code(callback.code)}`,
  ];
  return [
    ['Default scopes', scopes.default.length > 0 ? scopes.default.map(code).join(', ') : 'none'],
    ...row('Scopes', scopes.cover && 'one may include another, and counts for it'),
    ...row('Way back', answer.filter((part) => part).join(', ')),
    ...row('Way in', departure === 'code' && 'only by a code from its SDK'),
    ['PKCE', { required: 'required', supported: 'used', unsupported: 'not used' }[pkce]],
    ['Client authentication', how[clientAuthentication] + further],
  ];
}

function tokenRows(connector: Connector): Row[] {
  const { family, refresh, transport } = connector;
  if (family === 'tokenless') return [['Tokens', 'none']];
  const { accessLifetime, refreshLifetime, absoluteCap, keepAlive, ahead, narrows } = refresh;
  const silent = (seconds: number | undefined, otherwise: string) =>
    seconds === undefined ? otherwise : `as the answer says, else ${lifetime(seconds)}`;
  const refreshable = refresh.how === 'refresh_token';
  return [
    ['Refresh', refreshOf(connector)],
    ['Access token lives', silent(accessLifetime, 'as the answer says, else without an end')],
    ...row(
      'Refresh token lives',
      refreshable && silent(refreshLifetime, 'as the answer says, else until it is refused'),
    ),
    ...row(
      'All of it ends',
      absoluteCap && `${lifetime(absoluteCap)} after the consent, whatever is refreshed`,
    ),
    ...row('Refreshed although nobody asks', keepAlive && `after ${lifetime(keepAlive)}`),
    ...row('Refreshed ahead', ahead && `with less than ${lifetime(ahead)} left`),
    ...row('Fewer scopes', narrows && fewerScopes[narrows === true ? 'always' : narrows]),
    ['Revocation', revocationOf(connector)],
    ['Token in API calls', transportWords(transport, connector)],
  ];
}

const fewerScopes = {
  always: 'a refresh may ask for a token of some of them',
  'by-resource':
    'a refresh leaves out those of another resource, and never some of one; more than a policy allows is refused',
};

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

/** As a connection would be that enters nothing of its own. */
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
      inApp && `user agent ${code(inApp.userAgent.source)}${inApp.only ? ', and nowhere else' : ''}`,
    ),
    ['Add it', code(`npm run symbolon -- connections add {alias} --provider ${provider} …`)],
  ];
}

function optionTable({ options = {} }: Connector): string[] {
  const names = Object.entries(options);
  if (names.length === 0) return [];
  const rows = names.map(([name, { about, default: usual, values = [], required, secret }]) => {
    const marks = [required && 'needed', secret && 'secret'].filter((mark) => mark);
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
