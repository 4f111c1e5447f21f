/** The links that a refusal carries: pages of the broker where the user can resolve the problem. */
export interface Links {
  /** The page that links an account of this connection; without an alias, the page of linked accounts. */
  link(alias: string | undefined, clientId: string): string;
  /** The page that lets the app use accounts of this connection while the person is away. */
  background(alias: string, clientId: string): string;
  /** The page on which exactly this person lets an API use accounts of this connection on behalf of the app. */
  api(use: ApiLink): string;
  /** The page that reauthorizes exactly this identity, with the missing upstream scopes. */
  reauthorize(identityId: string, clientId: string, missing?: readonly string[]): string;
}

export interface ApiLink {
  readonly userId: string;
  /** The client id of the app. */
  readonly app: string;
  /** The id of the API. */
  readonly api: string;
  /** The alias of the connection. */
  readonly alias: string;
}

/** `ticketOf` returns the ticket of a link that is for one person only. */
export function createLinks(issuer: string, ticketOf: (link: ApiLink) => string): Links {
  const at = (path: string, query: Readonly<Record<string, string>>) => {
    const url = new URL(path, issuer);
    url.search = new URLSearchParams(query).toString();
    return url.href;
  };
  return {
    link: (alias, clientId) =>
      at(alias === undefined ? '/account' : `/account/link/${encodeURIComponent(alias)}`, { app: clientId }),
    background: (alias, clientId) =>
      at(`/account/apps/${encodeURIComponent(clientId)}/background/${encodeURIComponent(alias)}`, {}),
    api: (link) =>
      at(apiUsePath(link), {
        ticket: ticketOf(link),
      }),
    reauthorize: (identityId, clientId, missing = []) =>
      at(`/account/identities/${identityId}/reauthorize`, {
        app: clientId,
        ...(missing.length > 0 && { scope: missing.join(' ') }),
      }),
  };
}

/** Returns the path of the page that asks whether an API may use accounts. */
function apiUsePath({ app, api, alias }: Omit<ApiLink, 'userId'>): string {
  return `/account/apps/${encodeURIComponent(app)}/apis/${encodeURIComponent(api)}/${encodeURIComponent(alias)}`;
}
