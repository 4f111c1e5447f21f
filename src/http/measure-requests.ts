import type { Request, RequestHandler } from 'express';
import type { Metrics } from '../kit/metrics.ts';

/** More templates than we have: should a router ever be mounted at a variable path, the rest is one. */
const mostRoutes = 300;

/** Tells how long every answer took, by the template of its route. */
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

/** A failure is answered outside of the router it came from, when the place the router is mounted at is forgotten. */
function routeOf({ route, baseUrl, originalUrl }: Request): string {
  const template: unknown = route?.path;
  if (typeof template !== 'string') return 'none';
  if (baseUrl !== '') return baseUrl + template;
  const [path = ''] = originalUrl.split('?');
  const given = path.split('/').filter(Boolean);
  const own = template.split('/').filter(Boolean);
  // Of a template that ends in `*` nobody knows how much of the path it has taken; before its first word is the mount.
  const ends = template.includes('*') ? given.indexOf(own[0] ?? '') : given.length - own.length;
  const mounted = given.slice(0, Math.max(0, ends));
  return ['', ...mounted, ...own].join('/') || '/';
}
