import type pg from 'pg';

export interface WebhookBacklog {
  readonly count: number;
  /** The age of the oldest delivery, in seconds. */
  readonly age: number;
}

/** The pending deliveries, for the metrics. */
export function createWebhookBacklog(pool: pg.Pool): () => Promise<WebhookBacklog> {
  const text = `SELECT count(*)::int AS count, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS age
    FROM webhook_delivery WHERE state = 'pending'`;
  return async () => (await pool.query<WebhookBacklog>(text)).rows[0] ?? { count: 0, age: 0 };
}
