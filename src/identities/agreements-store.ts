import type { Database } from '../kit/database/database.ts';

/** An agreement that a person has accepted. */
export interface Acceptance {
  /** The client id of the app whose agreement it is; null: the deployment's. */
  readonly app: string | null;
  readonly version: string;
  readonly at: Date;
}

/** The acceptances of agreements, each with its version and time. */
export interface Agreements {
  /** `app`: its client id; null: the deployment. */
  hasAccepted(userId: string, app: string | null, version: string): Promise<boolean>;
  /** Returns false if the person has accepted this version before. */
  accept(userId: string, acceptance: Acceptance): Promise<boolean>;
  of(userId: string): Promise<readonly Acceptance[]>;
}

export function createAgreements({ prisma }: Pick<Database, 'prisma'>): Agreements {
  const { agreementAccepted: ofDeployment, appAgreementAccepted: ofApps } = prisma;
  return {
    async hasAccepted(userId, app, version) {
      const found =
        app === null
          ? await ofDeployment.findUnique({ where: { userId_version: { userId, version } } })
          : await ofApps.findUnique({ where: { userId_appId_version: { userId, appId: app, version } } });
      return found !== null;
    },
    async accept(userId, { app, version, at }) {
      const row = { userId, version, at };
      const { count } =
        app === null
          ? await ofDeployment.createMany({ data: [row], skipDuplicates: true })
          : await ofApps.createMany({ data: [{ ...row, appId: app }], skipDuplicates: true });
      return count > 0;
    },
    async of(userId) {
      const [deployment, apps] = await Promise.all([
        ofDeployment.findMany({ where: { userId } }),
        ofApps.findMany({ where: { userId } }),
      ]);
      return [
        ...deployment.map(({ version, at }) => ({ app: null, version, at })),
        ...apps.map(({ appId, version, at }) => ({ app: appId, version, at })),
      ].toSorted((one, other) => one.at.getTime() - other.at.getTime());
    },
  };
}
