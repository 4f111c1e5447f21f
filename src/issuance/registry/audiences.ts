/** The broker's two own audiences, and the audiences of a token. */
export interface Audiences {
  /** The broker's own API: the audience of a token when the request names none. */
  readonly broker: string;
  readonly userinfo: string;
  /** Returns the audiences of a token. Userinfo is one of them for the broker's API and for the scope `openid`. */
  of(token: { readonly resource: string; readonly scope: string }): string | string[];
}

export function createAudiences(issuer: string): Audiences {
  const broker = `${issuer}/v1`;
  const userinfo = `${issuer}/userinfo`;
  return {
    broker,
    userinfo,
    of({ resource, scope }) {
      const includesUserinfo = resource === broker || scope.split(' ').includes('openid');
      return includesUserinfo ? [resource, userinfo] : resource;
    },
  };
}
