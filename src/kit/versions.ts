import { Problem } from './problem.ts';

/** The conditions of a change to the configuration, its author's tool, and the reason. */
export interface Edit {
  /** The version that the author has seen. Undefined: any. */
  readonly version?: number | undefined;
  /** The tool that keeps the item from now on; null: none. Undefined: as before. */
  readonly managedBy?: string | null | undefined;
  /** The tool that kept the item, when another author changes it. The event names it. */
  readonly passedOver?: string | undefined;
  /** The author's words. The event has them. */
  readonly reason?: string | undefined;
}

/** Another change came first. */
export class StaleVersion extends Problem {
  /** The version of now. */
  readonly version: number;

  constructor(version: number) {
    const detail = {
      en: `It has changed meanwhile: the version is ${version} now.`,
      zh: `内容已被更改：当前版本为 ${version}。`,
    };
    super('conflict', { detail, members: { version } });
    this.version = version;
  }
}

/** @throws StaleVersion unless the version is the expected one */
export function requireVersion(version: number, { version: expected }: Edit): void {
  if (expected !== undefined && expected !== version) throw new StaleVersion(version);
}

/** Returns the parts of an event's detail about the reason, and about a tool that was passed over. */
export function remarksIn({ passedOver, reason }: Edit): { passed_over?: string; reason?: string } {
  return {
    ...(reason !== undefined && { reason }),
    ...(passedOver !== undefined && { passed_over: passedOver }),
  };
}
