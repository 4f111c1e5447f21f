import type { Router } from 'express';
import { adminPeopleOperations } from './admins.ts';
import { apiOperations } from './apis.ts';
import { appAdmissionOperations } from './app-admission.ts';
import { appKeyOperations } from './app-keys.ts';
import { type ApprovalParts, approvalOperations } from './approvals.ts';
import { appOperations } from './apps.ts';
import { attentionOperations } from './attention.ts';
import { createAuthorizeAdmin, createCallerOf } from './authorize.ts';
import { brandingOperations } from './branding.ts';
import type { BulkParts } from './bulk/runner.ts';
import { configurationOperations } from './configuration/operations.ts';
import { connectionOrderOperations } from './connection-order.ts';
import { connectionOperations } from './connections.ts';
import { domainFileOperations } from './domain-files.ts';
import { eventOperations } from './events.ts';
import { exportOperations } from './exports.ts';
import { grantHealthOperations } from './grant-health.ts';
import { identityOperations } from './identities.ts';
import { jobOperations } from './jobs.ts';
import { keyOperations } from './keys.ts';
import { meOperations } from './me.ts';
import type { Operation } from './operation.ts';
import { createPerform, type Perform } from './perform.ts';
import { createPersonViews } from './person-view.ts';
import type { AdminDeps } from './ports.ts';
import { providerOperations } from './providers.ts';
import { createReference } from './reference/reference.ts';
import { referenceRoutes } from './reference/routes.ts';
import { recordRefusals } from './refused-callers.ts';
import { adminRoutes } from './routes.ts';
import { settingOperations } from './settings.ts';
import { tokenOperations } from './tokens.ts';
import { upstreamRevocationOperations } from './upstream-revocations.ts';
import { usageOperations } from './usage.ts';
import { userAccessOperations } from './user-access.ts';
import { userDataOperations } from './user-data.ts';
import { userIdentityOperations } from './user-identities.ts';
import { userMergeOperations } from './user-merges.ts';
import { userOperations } from './users.ts';
import { useOperations } from './uses.ts';
import { webhookOperations } from './webhooks.ts';

/**
 * The admin API: connections, apps, APIs, users, identities, webhooks and events. Admins see metadata and can
 * refresh, revoke and remove; no operation returns a token. Rules are not here but in the room that owns each thing.
 * The API reference is generated from the same declarations that serve the requests.
 */
export interface Admin {
  /** `/admin/v1`, to be mounted at the root. */
  readonly router: Router;
  /** `/openapi.json` and `/docs`, to be mounted at the root. */
  readonly reference: Router;
  /** The operations, which the console and commands run in this process. */
  readonly operations: readonly Operation[];
  /** Runs one of them as its caller. */
  readonly perform: Perform;
  /** Works on all bulk jobs that no process works on. */
  runBulkJobs(): Promise<void>;
}

export function adminOperations(deps: AdminDeps): readonly Operation[] {
  const operations: readonly Operation[] = [
    // Before those whose path ends in an alias.
    ...connectionOrderOperations(deps),
    ...connectionOperations(deps),
    ...domainFileOperations(deps),
    ...providerOperations(),
    ...configurationOperations(deps),
    ...appOperations(deps),
    ...appKeyOperations(deps),
    ...apiOperations(deps),
    ...brandingOperations(deps),
    ...appAdmissionOperations(deps),
    ...userOperations(deps),
    ...identityOperations(deps),
    ...userAccessOperations(deps),
    ...userDataOperations(deps),
    ...userMergeOperations(deps),
    ...userIdentityOperations(deps),
    ...upstreamRevocationOperations(deps),
    ...useOperations(deps),
    ...eventOperations(deps),
    ...usageOperations(deps),
    ...attentionOperations(deps),
    ...grantHealthOperations(deps),
    ...webhookOperations(deps),
    ...meOperations(deps),
    ...adminPeopleOperations(deps),
    ...tokenOperations(deps),
    ...keyOperations(deps),
    ...settingOperations(deps),
  ];
  const parts = partsOf(deps, () => all);
  const all = [
    ...operations,
    ...exportOperations(deps, operations),
    ...jobOperations(deps, parts),
    ...approvalOperations(deps, parts),
  ];
  return all;
}

/** The API for operations that run others later, as their author. */
function partsOf(deps: AdminDeps, operations: () => readonly Operation[]): BulkParts & ApprovalParts {
  const operationOf = (name: string) =>
    operations().find(({ method, path }) => `${method.toUpperCase()} ${path}` === name);
  return { operationOf, callerOf: createCallerOf(deps) };
}

export function createAdmin(deps: AdminDeps): Admin {
  const operations = adminOperations(deps);
  const parts = partsOf(deps, () => operations);
  const perform = createPerform({ ...deps, noteView: createPersonViews(deps) });
  return {
    operations,
    perform,
    runBulkJobs: () => deps.bulk.runner.runDue(parts),
    router: adminRoutes(operations, {
      authorize: recordRefusals(createAuthorizeAdmin(deps), deps),
      perform,
    }),
    reference: referenceRoutes(() => createReference(deps.issuer, operations)),
  };
}
