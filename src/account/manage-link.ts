import type { Connector } from '../connectors/contract/contract.ts';
import { manageAccessUrl } from '../connectors/contract/manage-access.ts';
import { platformTitle } from '../connectors/contract/names.ts';
import type { Endpoints } from '../connectors/contract/registration.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { dataTexts as texts } from './data-texts.ts';

/** Returns the way to the place at the provider where a person ends the access themselves, as far as it is known. */
export function manageLink(connector: Connector, endpoints: Endpoints, locale: Locale): Html | undefined {
  const { manageAccess } = connector;
  if (!manageAccess) return undefined;
  const url = manageAccessUrl(manageAccess, endpoints);
  const words = fill(texts.open, locale, { platform: platformTitle(connector)[locale] });
  const { menu } = manageAccess;
  return html`${url !== undefined && html`<a href="${url}" rel="noreferrer">${words}</a> `}${
    menu && html`<span class="quiet">${fill(texts.menu, locale, { menu: menu[locale] })}</span>`
  }`;
}
