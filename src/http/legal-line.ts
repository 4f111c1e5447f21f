import { type Html, html } from '../kit/html.ts';
import type { Locale, Text } from '../kit/locale.ts';
import type { LegalLinks } from './branding-input.ts';

const texts = {
  terms: { en: 'Terms', zh: '服务条款' },
  privacy: { en: 'Privacy', zh: '隐私政策' },
  support: { en: 'Help', zh: '帮助' },
  legal: { en: 'Legal', zh: '法律信息' },
} satisfies Record<string, Text>;

/** Returns the links of the foot. Each is the first that one of the layers has. Undefined: there is none. */
export function legalLine(layers: readonly LegalLinks[], locale: Locale): Html | undefined {
  const first = (name: 'terms' | 'privacy' | 'support' | 'icp' | 'police') =>
    layers.map((links) => links[name]).find((value) => value !== null);
  const links = (['terms', 'privacy', 'support'] as const).flatMap((name) => {
    const address = first(name);
    return address ? [html`<a href="${address}" rel="noreferrer">${texts[name][locale]}</a>`] : [];
  });
  const [icp, police] = [first('icp'), first('police')];
  // Each number leads to the register in which it is found: MIIT's order 33, and the rules of the police on filing.
  if (icp) links.push(html`<a href="https://beian.miit.gov.cn/" rel="noreferrer" lang="zh-CN">${icp}</a>`);
  if (police) {
    const register = `https://beian.mps.gov.cn/#/query/webSearch?code=${police.replace(/\D/g, '')}`;
    links.push(html`<a href="${register}" rel="noreferrer" lang="zh-CN">${police}</a>`);
  }
  return links.length > 0
    ? html`<nav class="legal" aria-label="${texts.legal[locale]}">${links}</nav>`
    : undefined;
}
