import type { Request, RequestHandler } from 'express';
import type { Metrics } from '../kit/metrics.ts';

/** The largest number of route labels. It bounds the metric if a router is ever mounted at a variable path. */
const mostRoutes = 300;

/** Measures the duration of every request, by the template of its route. */
export function measureRequests(metrics: Pick<Metrics, 'startRequest'>): RequestHandler {
  const known = new Set<string>();
  const bounded = (route: string) => {
    if (known.size < mostRoutes) known.add(route);
    return known.has(route) ? route : 'other';
  };
  return (request, response, next) => {
    const end = metrics.startRequest();
    response.on('finish', () => {
      end({ method: request.method, route: bounded(routeOf(request)), status: response.statusCode });
    });
    next();
  };
}

/** Returns the template with the mount path, which Express no longer knows when an error handler answers. */
function routeOf({ route, baseUrl, originalUrl }: Request): string {
  const template: unknown = route?.path;
  if (typeof template !== 'string') return 'none';
  if (baseUrl !== '') return baseUrl + template;
  const [path = ''] = originalUrl.split('?');
  const given = path.split('/').filter(Boolean);
  const own = template.split('/').filter(Boolean);
  // A template that ends in `*` matches any length. The mount path ends before the template's first segment.
  const ends = template.includes('*') ? given.indexOf(own[0] ?? '') : given.length - own.length;
  const mounted = given.slice(0, Math.max(0, ends));
  return ['', ...mounted, ...own].join('/') || '/';
}
