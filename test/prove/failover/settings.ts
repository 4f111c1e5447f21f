import type { ClusterNode } from './node.ts';

export interface PatroniSettings {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly api: number;
  readonly etcd: readonly number[];
  /** Seconds. */
  readonly ttl: number;
  readonly programs: string;
  readonly password: string;
}

/** JSON is YAML. */
export function patroniSettings(of: PatroniSettings): string {
  const { name, folder, port, api, etcd, ttl, programs, password } = of;
  const user = (username: string) => ({ username, password });
  const parameters = { unix_socket_directories: folder, max_connections: 150, wal_log_hints: 'on' };
  return JSON.stringify({
    scope: 'proof',
    name,
    restapi: { listen: `127.0.0.1:${api}`, connect_address: `127.0.0.1:${api}` },
    // Through the third version of etcd's API, Patroni 3.0.2 gives the leader key back to a primary that was frozen and
    // thaws, and rewinds the others to it: commits are lost that a standby had.
    etcd: { hosts: etcd.map((at) => `127.0.0.1:${at}`) },
    bootstrap: {
      dcs: {
        ttl,
        // Patroni's rule: loop_wait + 2 × retry_timeout ≤ ttl.
        loop_wait: Math.max(1, Math.floor(ttl / 5)),
        retry_timeout: Math.max(3, Math.floor((ttl * 2) / 5)),
        synchronous_mode: true,
        postgresql: { use_pg_rewind: true, parameters },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }, 'data-checksums'],
    },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: `${folder}/data`,
      bin_dir: programs,
      pgpass: `${folder}/pgpass`,
      authentication: {
        superuser: user('postgres'),
        replication: user('replicator'),
        rewind: user('rewinder'),
      },
      pg_hba: [
        'host all all 127.0.0.1/32 scram-sha-256',
        'host replication all 127.0.0.1/32 scram-sha-256',
        'local all all trust',
      ],
    },
  });
}

export function haproxySettings(port: number, nodes: readonly ClusterNode[]): string {
  return [
    'defaults',
    '  mode tcp',
    '  timeout connect 2s',
    '  timeout client 30m',
    '  timeout server 30m',
    '  timeout check 1s',
    'listen primary',
    `  bind 127.0.0.1:${port}`,
    '  option httpchk OPTIONS /primary',
    '  http-check expect status 200',
    '  default-server inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions',
    ...nodes.map((node) => `  server ${node.name} 127.0.0.1:${node.port} check port ${node.api}`),
    '',
  ].join('\n');
}

export function pgbouncerSettings(port: number, server: number, users: string): string {
  return [
    '[databases]',
    `* = host=127.0.0.1 port=${server}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = plain',
    `auth_file = ${users}`,
    'pool_mode = transaction',
    'default_pool_size = 20',
    // The default of 15 s is how long PgBouncer refuses clients after one failed connection.
    'server_login_retry = 1',
    'log_connections = 0',
    'log_disconnections = 0',
    '',
  ].join('\n');
}
