import pg from 'pg';

/** As after a failover to a standby: every session ends, and new ones may only read. */
export async function withReadOnlyDatabase(url: string, work: () => Promise<void>): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  const superuser = new URL(url);
  superuser.pathname = '/postgres';
  const client = new pg.Client({ connectionString: superuser.href });
  await client.connect();
  const turn = async (state: string) => {
    await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${state}`);
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  };
  try {
    await turn('on');
    await work();
  } finally {
    await turn('off');
    await client.end();
  }
}
