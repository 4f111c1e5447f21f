import type { Request, RequestHandler } from 'express';
import type { Metrics } from '../kit/metrics.ts';

/** The largest number of route labels. It bounds the metric if a router is ever mounted at a variable path. */
const mostRoutes = 300;

/** Measures the duration of every request, by the template of its route. */
export function measureRequests(metrics: Pick<Metrics, 'startRequest'>): RequestHandler {
  const labels = new Set<string>();
  const bounded = (route: string) => {
    if (labels.size < mostRoutes) labels.add(route);
    return labels.has(route) ? route : 'other';
  };
  return (request, response, next) => {
    const end = metrics.startRequest();
    response.on('finish', () => {
      end({ method: request.method, route: bounded(routeOf(request)), status: response.statusCode });
    });
    next();
  };
}

/** Returns the route's template with its mount path, which Express no longer knows when an error handler answers. */
function routeOf({ route, baseUrl, originalUrl }: Request): string {
  const template: unknown = route?.path;
  if (typeof template !== 'string') return 'none';
  if (baseUrl !== '') return baseUrl + template;
  const [path = ''] = originalUrl.split('?');
  const segments = path.split('/').filter(Boolean);
  const templateSegments = template.split('/').filter(Boolean);
  // A template that ends in `*` matches any length. The mount path ends before the template's first segment.
  const mountLength = template.includes('*')
    ? segments.indexOf(templateSegments[0] ?? '')
    : segments.length - templateSegments.length;
  const mountSegments = segments.slice(0, Math.max(0, mountLength));
  return ['', ...mountSegments, ...templateSegments].join('/') || '/';
}
