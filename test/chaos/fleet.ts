import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type BrokerProcess, type BrokerSettings, startBroker } from './broker-process.ts';

export interface End {
  readonly label: string;
  readonly at: Date;
}

/** Some brokers on one database; whichever ends is started again. */
export interface Fleet {
  ready(): readonly BrokerProcess[];
  untilReady(): Promise<void>;
  kill(broker: BrokerProcess): void;
  /** Asks it to end in peace: it may lose nothing. */
  retire(broker: BrokerProcess): void;
  /** Stands still for so long, as on a machine that is moved; nobody new is sent to it. Answers when it goes on. */
  suspend(broker: BrokerProcess, milliseconds: number): Promise<void>;
  isSuspended(): boolean;
  stop(): Promise<void>;
  readonly logFiles: readonly string[];
  /** Lives that we ended by SIGKILL. */
  readonly killed: readonly End[];
  /** Lives that were asked to end. */
  readonly retired: readonly End[];
  /** Lives that went on after a pause, and when. */
  readonly paused: readonly End[];
  /** Lives that ended by themselves, after they were ready or before. */
  readonly died: readonly (End & { readonly wasReady: boolean })[];
}

/** Milliseconds: an orderly end takes less (`src/kit/shutdown.ts`). */
export const longestEnd = 40_000;

/** Brokers of one fleet may run in several; none of what they store may depend on it. */
const zones = ['America/New_York', 'Asia/Shanghai', 'UTC'];

export interface FleetOptions {
  /** Of the brokers, and of the lines at which apps reach them. */
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
      // Some supervisors say it twice.
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
