import path from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import type { RunOptions } from '../admin/configuration/configuration.ts';
import type { Step } from '../admin/configuration/step.ts';
import { managerName } from '../admin/edit-headers.ts';
import type { Broker } from '../assembly/broker.ts';
import { ConfigError, readConfig } from '../config.ts';
import { Problem } from '../kit/problem.ts';
import { createResolveSecret, readConfigurationFile } from './config-file.ts';
import { withBroker } from './with-broker.ts';

interface Options {
  readonly managedBy?: string;
  readonly prune?: true;
  readonly takeOver?: true;
  readonly keepSecrets?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly reason?: string;
}

/** The exit code of a comparison that found differences. */
const different = 2;

export function configCommand(): Command {
  return new Command('config')
    .description('the configuration as a file: connections, apps, APIs, webhooks, looks')
    .addCommand(exportCommand())
    .addCommand(diffCommand())
    .addCommand(applyCommand());
}

function exportCommand(): Command {
  return new Command('export')
    .description('write the configuration as YAML; secrets are names of environment variables')
    .option('--json', 'JSON in the format of the admin API')
    .action(async ({ json }: Options) => {
      const document = await withBroker(({ configuration }) => configuration.read(), { readOnly: true });
      process.stdout.write(
        json
          ? `${JSON.stringify(document, null, 2)}\n`
          : stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }),
      );
    });
}

function withPlanOptions(command: Command): Command {
  return command
    .argument('<file>', 'YAML or JSON, as `config export` writes it')
    .option(
      '--managed-by <name>',
      'the name that signs the items; default: config/ and `name` in the file, or else the name of the file',
    )
    .option('--prune', 'remove items that this name has signed and the file no longer has')
    .option('--take-over', 'also change items that another tool keeps')
    .option('--keep-secrets', 'leave a stored secret as it is where its variable or file is empty')
    .option('--json', 'the steps as JSON');
}

const readOnly = { readOnly: true } as const;

function diffCommand(): Command {
  return withPlanOptions(new Command('diff'))
    .description('compare a file with the configuration; the exit code is 2 when they differ')
    .action(async (file: string, options: Options) => {
      await withBroker(async (broker) => {
        const { steps } = await planned(broker, file, options);
        print(steps, options);
        if (steps.length > 0) process.exitCode = different;
      }, readOnly);
    });
}

function applyCommand(): Command {
  return withPlanOptions(new Command('apply'))
    .description('make the configuration what the file says; what is so already is left alone')
    .option('--dry-run', 'the same as `config diff`')
    .option('--reason <text>', 'why, for the audit log', 'symbolon config apply')
    .action(async (file: string, options: Options) => {
      await withBroker(async (broker) => {
        const { steps, managedBy } = await planned(broker, file, options);
        if (options.dryRun) {
          print(steps, options);
          if (steps.length > 0) process.exitCode = different;
          return;
        }
        const { takeOver = false, reason = 'symbolon config apply' } = options;
        for (const step of steps) await run(broker, step, { managedBy, takeOver, reason });
        print(steps, options);
      });
    });
}

async function planned({ configuration }: Broker, file: string, options: Options) {
  const { prune = false, takeOver = false, keepSecrets = false } = options;
  const document = await readConfigurationFile(file);
  const chosen = options.managedBy ?? (document.name && `config/${document.name}`);
  const managedBy = managerOf(chosen ?? `config/${path.parse(file).name}`);
  const isChosen = chosen !== undefined;
  const { production } = readConfig();
  const resolve = createResolveSecret({ file, production, keepSecrets });
  const { steps, faults } = await configuration.plan(document, {
    managedBy,
    isChosen,
    prune,
    takeOver,
    resolve,
  });
  if (faults.length > 0)
    throw new ConfigError(
      faults.map(({ path: place, message }) => `${file}: ${place}: ${message}`).join('\n'),
    );
  return { steps, managedBy };
}

function managerOf(given: string): string {
  const name = managerName.safeParse(given);
  if (name.success) return name.data;
  throw new ConfigError(`--managed-by: ${name.error.issues[0]?.message ?? 'is not valid'}`);
}

/** The steps before stay done. The next run goes on from there. */
async function run({ configuration }: Broker, step: Step, options: RunOptions): Promise<void> {
  try {
    await configuration.run(step, options);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new ConfigError(
      `${inWords(step)}: ${error.message}\nWhat came before is done. Run it again to go on.`,
    );
  }
}

function print(steps: readonly Step[], { json }: Options): void {
  if (json) {
    const shown = steps.map(({ operation, act, section, key, fields }) => ({
      operation,
      act,
      section,
      key,
      fields,
    }));
    process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
    return;
  }
  const lines = steps.map((step) => `${inWords(step)}\n`);
  process.stdout.write(lines.length > 0 ? lines.join('') : 'Nothing differs.\n');
}

const singular: Readonly<Record<Step['section'], string>> = {
  apis: 'API',
  connections: 'connection',
  apps: 'app',
  webhooks: 'webhook',
  branding: 'looks',
  order: 'order of connections',
  admission: 'rules for apps that register themselves',
};

/** Returns `change app app_notes: name, redirect_uris`. */
function inWords({ act, section, key, fields }: Step): string {
  const what = [act, singular[section], key].filter((word) => word !== '').join(' ');
  return fields.length > 0 && act !== 'create' ? `${what}: ${fields.join(', ')}` : what;
}
