import { type Html, html } from '../kit/html.ts';
import type { ListDeclaration } from './list-declaration.ts';
import { listTexts as texts } from './list-texts.ts';
import { addressWith, queryOf } from './list-url.ts';
import type { Visit } from './visit.ts';

/** Returns the foot of a list: export, link, API call, live. */
export function listTools<Item, Context>(visit: Visit, declaration: ListDeclaration<Item, Context>): Html {
  const { locale, url } = visit;
  const { operation, exports, live } = declaration;
  const query = search(queryOf(visit, declaration, { paged: false }));
  const offered = exports && visit.offers(`GET /exports/${exports.list}.{format}`);
  const download = (format: 'csv' | 'json') =>
    html`<a class="button plain" href="/console/exports/${exports?.list}.${format}${query}">${format.toUpperCase()}</a>`;
  const isLive = visit.ask('live') === '1';
  return html`<div class="tools">
${offered && html`<span>${texts.exportAs[locale]}</span>${download('csv')}${download('json')}`}
<button type="button" class="plain" data-copy="" data-js hidden>${texts.copyLink[locale]}</button>
${live && html`<a class="button plain" href="${addressWith(url, { live: isLive ? undefined : '1' })}">${(isLive ? texts.liveOff : texts.liveOn)[locale]}</a>`}
${apiCall(visit, filledIn(operation, declaration.params?.(visit)), queryOf(visit, declaration))}</div>`;
}

/** Returns method and path of an operation, with the parameters in the path. */
export function filledIn(operation: string, params: Readonly<Record<string, string>> = {}): string {
  return operation.replace(/\{(\w+)\}/g, (name, key: string) => params[key] ?? name);
}

/** Returns the same as a call of the admin API, for a shell. The body of a change is without secrets. */
export function apiCall(
  { locale, issuer }: Visit,
  operation: string,
  query: Readonly<Record<string, string | string[]>> = {},
  change?: { readonly body: object; readonly version?: number | undefined },
): Html {
  const [method = 'GET', path = ''] = operation.split(' ');
  const flag = method === 'GET' ? '' : ` -X ${method}`;
  const version = change?.version === undefined ? '' : ` -H 'If-Match: "${change.version}"'`;
  const json = JSON.stringify(change?.body ?? {}).replaceAll("'", "'\\''");
  const body = change ? `${version} -H 'Content-Type: application/json' \\\n  -d '${json}'` : '';
  const call = `curl${flag} -H "Authorization: Bearer $TOKEN" '${issuer}/admin/v1${path}${search(query)}'${body}`;
  return html`<details class="api"><summary>${texts.apiCall[locale]}</summary>
<pre><code>${call}</code></pre>
<button type="button" class="plain" data-copy="${call}" data-js hidden>${texts.copy[locale]}</button></details>`;
}

function search(query: Readonly<Record<string, string | string[]>>): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  // An apostrophe would end the argument of the shell.
  const text = new URLSearchParams(pairs).toString().replaceAll("'", '%27');
  return text === '' ? '' : `?${text}`;
}
