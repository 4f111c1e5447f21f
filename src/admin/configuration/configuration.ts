import { currentActor } from '../../kit/request-context.ts';
import type { AdminCaller } from '../caller.ts';
import type { Operation } from '../operation.ts';
import { rightsOf } from '../roles.ts';
import type { ConfigurationDocument } from './document.ts';
import { documentOf } from './export.ts';
import { type Fault, faultsIn } from './faults.ts';
import type { Fields } from './items.ts';
import { type PresentDeps, readPresent } from './present.ts';
import type { Step } from './step.ts';
import { stepsFor } from './steps.ts';
import { type ResolveSecret, wantedItems } from './wanted.ts';

export interface PlanOptions {
  readonly managedBy: string;
  /** False: the name is that of the file, and another file may have it too. */
  readonly isChosen: boolean;
  readonly prune: boolean;
  readonly takeOver: boolean;
  readonly resolve: ResolveSecret;
}

export interface RunOptions {
  /** Undefined: the item stays whose it is. */
  readonly managedBy?: string;
  readonly takeOver: boolean;
  /** Why, for the audit log. */
  readonly reason: string;
}

/** The configuration as code. Each step is a call of an operation of the admin API, with its events. */
export interface Configuration {
  /** Returns the document: ordered, and without secrets. */
  read(): Promise<Fields>;
  /** Returns the steps from the stored configuration to the wanted one, or everything for which one would be refused. */
  plan(
    document: ConfigurationDocument,
    options: PlanOptions,
  ): Promise<{ readonly steps: readonly Step[]; readonly faults: readonly Fault[] }>;
  /** Returns the answer of the operation. */
  run(step: Step, options: RunOptions): Promise<unknown>;
}

export interface ConfigurationDeps extends PresentDeps {
  readonly allowedPrivateHosts: readonly string[];
}

export function createConfiguration(
  deps: ConfigurationDeps,
  operations: readonly Operation[],
): Configuration {
  const { allowedPrivateHosts } = deps;

  async function paramOf({ section, param }: Step): Promise<Record<string, string>> {
    if (!param) return {};
    if (section !== 'apis' && section !== 'webhooks') return { [param.name]: param.key };
    const { items } = await readPresent(deps);
    const found = items.find((item) => item.section === section && item.key === param.key);
    return { [param.name]: found?.id ?? param.key };
  }

  return {
    read: async () => documentOf(await readPresent(deps)),
    async plan(document, { resolve, managedBy, isChosen, prune, takeOver }) {
      const present = await readPresent(deps);
      const wanted = await wantedItems(document, resolve);
      const about = { document, wanted, present, managedBy };
      const faults = faultsIn({ ...about, isChosen, allowedPrivateHosts, takeOver });
      return { faults, steps: faults.length > 0 ? [] : await stepsFor({ ...about, prune }) };
    },
    async run(step, { managedBy, takeOver, reason }) {
      const found = operations.find(
        ({ method, path }) => `${method.toUpperCase()} ${path}` === step.operation,
      );
      if (!found) throw new Error(`no operation ${step.operation}`);
      return await found.run({
        params: await paramOf(step),
        query: {},
        body: step.body ?? {},
        caller: operatorCaller(),
        reason,
        approval: 'not needed',
        // A command of an operator is a caller that knows of tools only where it names one.
        edit: { managedBy, override: takeOver ? 'yes' : undefined },
        given: step.given,
      });
    },
  };
}

/** A command on the server has the rights of an owner: it can open the database. */
function operatorCaller(): AdminCaller {
  return {
    actor: currentActor(),
    principal: 'bootstrap',
    role: 'owner',
    rights: rightsOf('owner'),
    held: 'owner',
    signedInAt: undefined,
    signedInRecently: false,
    expiresAt: undefined,
  };
}
