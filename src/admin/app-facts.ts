import type { App } from '../issuance/registry/app.ts';
import { boundedFacts, type Detail, type Facts } from '../kit/events/changes.ts';
import { describeApp } from './app-shapes.ts';

/** Returns an app as events name it: the fields of the API, its policy by connection, and its keys by their ids. */
export function appFacts(app: App): Facts {
  const { client_id: _, created_at, updated_at, connections, jwks, ...fields } = describeApp(app);
  const lines = connections.map(({ connection, rate, proxy, ...line }) => [
    connection,
    {
      ...line,
      proxy: proxy.map(({ methods, path }) => `${methods.join(',')} ${path}`),
      rate: rate && `${rate.requests} in ${rate.seconds} s`,
    },
  ]);
  return {
    ...fields,
    connections: Object.fromEntries(lines),
    jwks: jwks?.keys.map(({ kid, kty }) => String(kid ?? kty)) ?? null,
  };
}

/** Returns the detail of `app.created`. It says at once what the app may do in the background. */
export function appCreationDetail(app: App): Detail {
  const { type = null, first_party = null, connections = null, apis = null } = appFacts(app);
  return boundedFacts({ type, first_party, connections, apis });
}
