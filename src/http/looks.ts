import { AsyncLocalStorage } from 'node:async_hooks';
import { type RequestHandler, Router } from 'express';
import { type Html, html } from '../kit/html.ts';
import type { Locale } from '../kit/locale.ts';
import { inBoth } from '../kit/localized.ts';
import { Problem } from '../kit/problem.ts';
import { shadesOf } from './accent.ts';
import { type Brandings, deploymentScope } from './branding.ts';
import type { Branding } from './branding-store.ts';
import { keepVersion } from './keep-version.ts';
import { legalLine } from './legal-line.ts';
import { methodNotAllowed } from './method-not-allowed.ts';

// The looks of pages: those of the deployment are read once for a request, since a page is rendered without waiting.

const storage = new AsyncLocalStorage<Branding>();
const product = { en: 'Symbolon', zh: 'Symbolon' };

/** Reads the looks for a request of a browser. Without the database, pages have their own looks. */
export function withLooks(brandings: Pick<Brandings, 'of'>): RequestHandler {
  return async (request, _response, next) => {
    if (!request.headers.accept?.includes('text/html')) return next();
    const looks = await brandings.of(deploymentScope).catch(() => undefined);
    if (looks) storage.run(looks, next);
    else next();
  };
}

/** Serves the colours and logos. Their addresses change with each version, so that browsers may keep them. */
export function looksRoutes(brandings: Pick<Brandings, 'now' | 'logoOf'>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const scopeIn = (name: unknown) => {
    const scope = String(name);
    if (!/^[\w-]{1,64}$/.test(scope)) throw new Problem('not_found');
    return scope;
  };
  const colours: RequestHandler = async (request, response) => {
    const [, scope] = /^(.+)\.css$/.exec(String(request.params.file)) ?? [];
    // Past the cache: a browser keeps the colours under the address of a version that another process has shown.
    const { accent, version } = await brandings.now(scopeIn(scope));
    if (accent === null) throw new Problem('not_found');
    const { light, dark } = shadesOf(accent);
    const sheet = `:root { --accent: ${light}; }\n@media (prefers-color-scheme: dark) { :root { --accent: ${dark}; } }\n`;
    keepVersion(request, response, version).type('css').send(sheet);
  };
  const logo: RequestHandler = async (request, response) => {
    const picture = await brandings.logoOf(scopeIn(request.params.scope));
    if (!picture) throw new Problem('not_found');
    keepVersion(request, response, picture.version).type(picture.type).send(Buffer.from(picture.bytes));
  };
  router.route('/branding/:file').get(colours).all(methodNotAllowed('GET, HEAD'));
  router.route('/branding/:scope/logo').get(logo).all(methodNotAllowed('GET, HEAD'));
  return router;
}

/** The parts of a page that the looks decide. */
export interface PageLooks {
  readonly name: string;
  /** The style sheet with the colours. */
  readonly sheet: Html | undefined;
  /** The logo and the name, for the head of the page. */
  readonly brand: Html;
  /** Links to terms, privacy and support, and the numbers that China requires. */
  readonly legal: Html | undefined;
  /** Changes with the looks. */
  readonly version: string;
}

/** Returns the name of the deployment that the operator has set. */
export function siteName(locale: Locale): string | undefined {
  const name = storage.getStore()?.name;
  return name ? inBoth(name, product)[locale] : undefined;
}

/** Returns the looks of a page: those of the app, and of the deployment where the app has none. */
export function currentLooks(locale: Locale, app?: Branding): PageLooks {
  const deployment = storage.getStore();
  const layers = [app, deployment].filter((one) => one !== undefined);
  const named = layers.find((one) => one.name !== null);
  const coloured = layers.find((one) => one.accent !== null);
  const pictured = layers.find((one) => one.hasLogo);
  const name = inBoth(named?.name, product)[locale];
  const ours = named ? undefined : '/assets/symbolon.svg';
  const picture = pictured ? `/branding/${pictured.scope}/logo?v=${pictured.version}` : ours;
  return {
    name,
    sheet:
      coloured &&
      html`
<link rel="stylesheet" href="/branding/${coloured.scope}.css?v=${coloured.version}">`,
    brand: html`${picture !== undefined && html`<img src="${picture}" alt="" width="24" height="24">`}${name}`,
    legal: legalLine(
      layers.map(({ legal }) => legal),
      locale,
    ),
    version: layers.map(({ scope, version }) => `${scope}.${version}`).join(' '),
  };
}
