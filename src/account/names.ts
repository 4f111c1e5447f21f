import { fullTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import type { Identity } from '../identities/identities.ts';
import type { App } from '../issuance/registry/app.ts';
import type { Locale } from '../kit/locale.ts';
import { inBoth } from '../kit/localized.ts';
import { bracketed, listed } from '../kit/phrases.ts';
import type { Connection } from '../login/connections.ts';

/** Returns the name of a linked account on the page: the provider, and the person's name there. */
export function accountName({ connector }: Connection, identity: Identity, locale: Locale): string {
  const name = displayText(identity.name);
  if (!name) return fullTitle(connector)[locale];
  const remarks = [...(connector.variant ? [connector.variant[locale]] : []), name];
  return bracketed(connector.title[locale], listed(remarks, locale), locale);
}

/** Returns the name of an app on pages. */
export function appTitle({ name, displayName }: Pick<App, 'name' | 'displayName'>, locale: Locale): string {
  return displayText(inBoth(displayName, { en: name, zh: name })[locale]);
}
