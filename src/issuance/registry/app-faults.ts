import { type App, hasKeys, isConfidential } from './app.ts';
import { redirectUriFault } from './redirect-uris.ts';

type CheckedApp = Pick<
  App,
  | 'type'
  | 'redirectUris'
  | 'postLogoutRedirectUris'
  | 'pkceRequired'
  | 'jwks'
  | 'jwksUri'
  | 'requireSignedRequestObject'
  | 'deviceFlow'
  | 'backchannelTokenDeliveryMode'
  | 'backchannelClientNotificationEndpoint'
  | 'firstParty'
  | 'registration'
>;

/** Returns the faults that concern several fields, one entry per fault. A stored URI from before a rule stays valid. */
export function appFaults(app: CheckedApp, stored?: Pick<App, 'redirectUris' | 'postLogoutRedirectUris'>) {
  const native = app.type === 'native';
  const faults = (field: 'redirectUris' | 'postLogoutRedirectUris') =>
    app[field].flatMap((uri) => {
      const fault = stored?.[field].includes(uri) ? undefined : redirectUriFault(uri, native);
      return fault === undefined ? [] : [{ field, fault: `${JSON.stringify(uri.slice(0, 200))} ${fault}` }];
    });
  const found: { readonly field: string; readonly fault: string }[] = [
    ...faults('redirectUris'),
    ...faults('postLogoutRedirectUris'),
  ];
  const needsUri = app.type !== 'service' && app.redirectUris.length === 0 && !app.deviceFlow;
  if (needsUri) found.push({ field: 'redirectUris', fault: 'at least one is needed to sign people in' });
  if (app.deviceFlow && !['native', 'web'].includes(app.type))
    found.push({ field: 'deviceFlow', fault: 'is for apps of the types native and web' });
  const { backchannelTokenDeliveryMode: mode, backchannelClientNotificationEndpoint: endpoint } = app;
  if (mode !== null && !isConfidential(app.type))
    found.push({
      field: 'backchannelTokenDeliveryMode',
      fault: 'is for apps that authenticate: the types web and service',
    });
  if ((mode === 'ping') !== (endpoint !== null))
    found.push({ field: 'backchannelClientNotificationEndpoint', fault: 'belongs to ping, which needs it' });
  if (app.requireSignedRequestObject && !hasKeys(app))
    found.push({
      field: 'requireSignedRequestObject',
      fault: 'needs the public keys of the app: jwks or jwks_uri',
    });
  if (app.jwks && app.jwksUri !== null)
    found.push({ field: 'jwksUri', fault: 'stands in place of jwks: an app has one of them' });
  if (app.firstParty && app.registration !== null)
    return [...found, { field: 'firstParty', fault: 'an app that registered itself is never first-party' }];
  if (!isConfidential(app.type) && hasKeys(app))
    return [
      ...found,
      { field: app.jwks ? 'jwks' : 'jwksUri', fault: 'an app that keeps no secret has no key either' },
    ];
  if (!isConfidential(app.type) && !app.pkceRequired)
    return [...found, { field: 'pkceRequired', fault: 'an app without a secret always needs PKCE' }];
  return found;
}
