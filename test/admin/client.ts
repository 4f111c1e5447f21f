import type { World } from '../support/world.ts';

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

export type CallAdmin = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<AdminAnswer>;

/** Calls below /admin/v1 as an operator's script would. */
export function adminClient({ issuer, adminToken }: World): CallAdmin {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${issuer}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {}, text };
  };
}

export function itemsOf({ body }: AdminAnswer): Record<string, unknown>[] {
  return body.items as Record<string, unknown>[];
}
