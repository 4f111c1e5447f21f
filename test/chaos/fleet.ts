import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type BrokerProcess, type BrokerSettings, startBroker } from './broker-process.ts';

export interface End {
  readonly label: string;
  readonly at: Date;
}

/** Several brokers on one database; each is started again when it ends. */
export interface Fleet {
  ready(): readonly BrokerProcess[];
  untilReady(): Promise<void>;
  kill(broker: BrokerProcess): void;
  /** Stops the broker gracefully: no token may be lost. */
  retire(broker: BrokerProcess): void;
  /**
   * Pauses the broker, as on a machine that is migrated. The balancer sends it no new connection. Resolves
   * when it continues.
   */
  suspend(broker: BrokerProcess, milliseconds: number): Promise<void>;
  isSuspended(): boolean;
  stop(): Promise<void>;
  readonly logFiles: readonly string[];
  /** The runs that the test ended by SIGKILL. */
  readonly killed: readonly End[];
  /** The runs that were asked to stop. */
  readonly retired: readonly End[];
  /** The runs that continued after a pause, and when. */
  readonly paused: readonly End[];
  /** The runs that ended by themselves, after they were ready or before. */
  readonly died: readonly (End & { readonly wasReady: boolean })[];
}

/** Milliseconds; a graceful shutdown takes less (`src/kit/shutdown.ts`). */
export const longestEnd = 40_000;

/** The time zones of the brokers: nothing they store may depend on them. */
const zones = ['America/New_York', 'Asia/Shanghai', 'UTC'];

export interface FleetOptions {
  /** Returns the ports of the brokers, and of the relays through which apps reach them. */
  readonly ports: ReadonlyMap<number, string>;
  readonly directory: string;
  readonly databaseUrl: string;
  readonly environment: Readonly<Record<string, string>>;
}

export function startFleet({ ports, directory, databaseUrl, environment }: FleetOptions): Fleet {
  const killed: End[] = [];
  const retired: End[] = [];
  const paused: End[] = [];
  const died: (End & { wasReady: boolean })[] = [];
  const current = new Map<number, BrokerProcess>();
  const suspended = new Set<BrokerProcess>();
  let stopping = false;
  let lives = 0;
  const logFile = (port: number) => path.join(directory, `broker-${port}.log`);

  function begin(port: number, life: number): void {
    const settings: BrokerSettings = {
      label: `chaos-${port}-${life}`,
      port,
      databaseUrl,
      logFile: logFile(port),
      environment: {
        ...environment,
        DATA_DIR: path.join(directory, `data-${port}`),
        TZ: zones[lives++ % zones.length] ?? 'UTC',
      },
    };
    const broker = { ...startBroker(settings), url: ports.get(port) ?? '' };
    current.set(port, broker);
    let wasReady = false;
    const watch = setInterval(() => {
      wasReady ||= broker.isReady();
    }, 100);
    void broker.exited.then(() => {
      clearInterval(watch);
      if (stopping) return;
      const wanted = [...killed, ...retired].some(({ label }) => label === broker.label);
      if (!wanted) died.push({ label: broker.label, at: new Date(), wasReady });
      begin(port, life + 1);
    });
  }
  for (const port of ports.keys()) begin(port, 1);

  const ending = ({ label }: BrokerProcess) => retired.some((end) => end.label === label);
  const ready = () =>
    [...current.values()].filter((broker) => broker.isReady() && !ending(broker) && !suspended.has(broker));
  return {
    ready,
    async untilReady() {
      while (ready().length < ports.size) await pause(100);
    },
    kill(broker) {
      killed.push({ label: broker.label, at: new Date() });
      broker.kill('SIGKILL');
    },
    retire(broker) {
      retired.push({ label: broker.label, at: new Date() });
      broker.kill('SIGTERM');
      // Some supervisors send the signal twice.
      setTimeout(() => broker.kill('SIGTERM'), 300);
    },
    isSuspended: () => suspended.size > 0,
    async suspend(broker, milliseconds) {
      suspended.add(broker);
      broker.kill('SIGSTOP');
      await pause(milliseconds);
      broker.kill('SIGCONT');
      suspended.delete(broker);
      paused.push({ label: broker.label, at: new Date() });
    },
    async stop() {
      stopping = true;
      await Promise.all(
        [...current.values()].map((broker) => {
          broker.kill('SIGTERM');
          const impatient = setTimeout(() => broker.kill('SIGKILL'), longestEnd);
          return broker.exited.finally(() => clearTimeout(impatient));
        }),
      );
    },
    logFiles: [...ports.keys()].map(logFile),
    killed,
    retired,
    paused,
    died,
  };
}
