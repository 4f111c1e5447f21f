import type { Page } from '../../http/page.ts';
import { type Html, html } from '../../kit/html.ts';
import type { Locale } from '../../kit/locale.ts';
import { entriesOf, type OperationEntry } from './entries.ts';
import { fields, json, marked, operationView } from './operation-view.ts';
import type { OpenApiDocument } from './reference.ts';
import { createResolve } from './schemas.ts';
import { texts } from './texts.ts';

/** The OpenAPI document as an HTML page without scripts, with an anchor for each operation. */
export function referencePage(document: OpenApiDocument, locale: Locale): Page {
  const resolve = createResolve(document.components?.schemas ?? {});
  const byTag = Map.groupBy(entriesOf(document), ({ tag }) => tag);
  const problem = { $ref: '#/components/schemas/Problem' };
  const body = html`<h1>${texts.title[locale]}</h1>
<p>${texts.intro[locale]}</p>
<p><a href="/openapi.json">${texts.machine[locale]}</a> · <a href="/.well-known/openid-configuration">${texts.signIn[locale]}</a></p>
<nav aria-label="${texts.contents[locale]}"><h2>${texts.contents[locale]}</h2>
${[...byTag].map(([tag, entries]) => contents(tag, entries))}
<p><a href="#errors">${texts.errors[locale]}</a></p></nav>
${[...byTag].map(([tag, entries]) => html`<h2 id="${slug(tag)}">${tag}</h2>${entries.map((entry) => operationView(entry, resolve, locale))}`)}
<h2 id="errors">${texts.errors[locale]}</h2>
<p><code>application/problem+json</code> (RFC 9457)</p>${fields(problem, resolve)}${json(problem, resolve)}
${securitySchemes(document, locale)}`;
  return { title: texts.title[locale], locale, body, wide: true };
}

function contents(tag: string, entries: readonly OperationEntry[]): Html {
  const links = entries.map(
    ({ id, method, path, summary }) =>
      html`<li><a href="#${id}"><code>${method.toUpperCase()} ${path}</code></a> <span class="quiet">${summary}</span></li>`,
  );
  return html`<h3><a href="#${slug(tag)}">${tag}</a></h3><ul>${links}</ul>`;
}

function securitySchemes({ components }: OpenApiDocument, locale: Locale): Html {
  const schemes = Object.entries(components?.securitySchemes ?? {}).map(([name, scheme]) => {
    const description = 'description' in scheme ? scheme.description : undefined;
    return html`<dt id="security-${name}"><code>${name}</code></dt><dd>${marked(description ?? '')}</dd>`;
  });
  return html`<h2 id="security">${texts.bearer[locale]}</h2><dl>${schemes}</dl>`;
}

function slug(tag: string): string {
  return tag.toLowerCase().replaceAll(' ', '-');
}
