import type { App } from '../issuance/registry/app.ts';
import { ruleLine } from '../issuance/registry/proxy-rules.ts';
import { boundedFacts, type Detail, type Facts } from '../kit/events/changes.ts';
import { describeApp } from './app-shapes.ts';

/** Returns an app as events name it: the fields of the API, its policy by connection, and its keys by their ids. */
export function appFacts(app: App): Facts {
  const { client_id: _, created_at, updated_at, version, removed_at, ...described } = describeApp(app);
  const { connections, jwks, display_name, about, ...fields } = described;
  const lines = connections.map(({ connection, rate, proxy, ...line }) => [
    connection,
    {
      ...line,
      proxy: proxy.map(ruleLine),
      rate: rate && `${rate.requests} in ${rate.seconds} s`,
    },
  ]);
  return {
    ...fields,
    display_name: { en: display_name?.en ?? null, zh: display_name?.zh ?? null },
    about: Object.fromEntries(
      Object.entries(about ?? {}).map(([name, value]) => [
        name,
        typeof value === 'string'
          ? value
          : [value?.en, value?.zh].filter((one) => one !== undefined).join(' / '),
      ]),
    ),
    connections: Object.fromEntries(lines),
    jwks: jwks?.keys.map(({ kid, kty }) => String(kid ?? kty)) ?? null,
  };
}

/** Returns the detail of `app.created`. It says at once what the app may do in the background. */
export function appCreationDetail(app: App): Detail {
  const { type = null, first_party = null, connections = null, apis = null } = appFacts(app);
  return boundedFacts({ type, first_party, connections, apis });
}
