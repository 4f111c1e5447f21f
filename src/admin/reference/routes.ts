import { Router } from 'express';
import { currentLooks } from '../../http/looks.ts';
import { methodNotAllowed } from '../../http/method-not-allowed.ts';
import { renderPage } from '../../http/page.ts';
import { type Locale, localeOf } from '../../kit/locale.ts';
import { referencePage } from './page.ts';
import type { OpenApiDocument } from './reference.ts';

/**
 * The API reference, for programs at `/openapi.json` and for people at `/docs`. The document is made for the first reader:
 * that takes a tenth of a second, for which no start has to wait.
 */
export function referenceRoutes(make: () => OpenApiDocument): Router {
  let made: OpenApiDocument | undefined;
  const document = () => {
    made ??= make();
    return made;
  };
  const router = Router({ caseSensitive: true, strict: true });
  const rendered = new Map<Locale, { readonly looks: string; readonly page: string }>();

  router.get('/openapi.json', (_request, response) => {
    response
      .set({ 'Cache-Control': 'public, max-age=300', 'Access-Control-Allow-Origin': '*' })
      .json(document());
  });
  router.get('/docs', (request, response) => {
    const locale = localeOf(request);
    const looks = currentLooks(locale).version;
    const known = rendered.get(locale);
    const page = known?.looks === looks ? known.page : renderPage(referencePage(document(), locale));
    rendered.set(locale, { looks, page });
    response.set({ 'Cache-Control': 'no-store', Vary: 'Accept-Language, Cookie' }).type('html').send(page);
  });
  router.all(['/openapi.json', '/docs'], methodNotAllowed('GET, HEAD'));
  return router;
}
