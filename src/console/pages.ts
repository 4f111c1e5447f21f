import { adminSteps } from './pages/admin-steps.ts';
import { adminsPage } from './pages/admins.ts';
import { apiPages } from './pages/api.ts';
import { apisPage, newApiPage } from './pages/apis.ts';
import { appPage } from './pages/app.ts';
import { newAppPage } from './pages/app-new.ts';
import { appRulesPage } from './pages/app-rules.ts';
import { appSteps } from './pages/app-steps.ts';
import { approvalPage } from './pages/approval.ts';
import { appsPage } from './pages/apps.ts';
import { connectionPage } from './pages/connection.ts';
import { newConnectionPage } from './pages/connection-new.ts';
import { connectionSteps } from './pages/connection-steps.ts';
import { checkAllPage, connectionsPage } from './pages/connections.ts';
import { eventPage } from './pages/event.ts';
import { eventsPage } from './pages/events.ts';
import { exportPage } from './pages/export.ts';
import { goToPage } from './pages/go-to.ts';
import { identitiesPage } from './pages/identities.ts';
import { identityPage } from './pages/identity.ts';
import { identitySteps } from './pages/identity-steps.ts';
import { jobPage } from './pages/job.ts';
import { jobsPage } from './pages/jobs.ts';
import { keysPage, rotateStep } from './pages/keys.ts';
import { leavingPage } from './pages/leaving.ts';
import { newJobPage } from './pages/new-job.ts';
import { overviewPage } from './pages/overview.ts';
import { peoplePage } from './pages/people.ts';
import { personPage } from './pages/person.ts';
import { personAccessSteps } from './pages/person-access-steps.ts';
import { personSteps } from './pages/person-steps.ts';
import { settingsPage } from './pages/settings.ts';
import { hookPage } from './pages/webhook.ts';
import { hookPages } from './pages/webhooks.ts';
import type { ConsolePage } from './visit.ts';

/** The pages for people with a role, each at its path below `/console`. */
export const pages: readonly ConsolePage[] = [
  overviewPage,
  goToPage,
  identitiesPage,
  peoplePage,
  personPage,
  ...personSteps,
  ...personAccessSteps,
  identityPage,
  ...identitySteps,
  connectionsPage,
  checkAllPage,
  newConnectionPage,
  connectionPage,
  ...connectionSteps,
  appsPage,
  newAppPage,
  appRulesPage,
  appPage,
  ...appSteps,
  apisPage,
  newApiPage,
  ...apiPages,
  ...hookPages,
  hookPage,
  eventsPage,
  eventPage,
  jobsPage,
  newJobPage,
  jobPage,
  exportPage,
  leavingPage,
  keysPage,
  rotateStep,
  adminsPage,
  ...adminSteps,
  approvalPage,
  settingsPage,
];
