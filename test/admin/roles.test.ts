import { describe, expect, it } from 'vitest';
import { adminOperations } from '../../src/admin/admin.ts';
import { capOf, permissions, rightsOf, roleOf, roles } from '../../src/admin/roles.ts';

// Who may do what, written by hand: o owner, p operator, s support, a auditor.
const table = `
opsa GET    /connections
op   POST   /connections
opsa GET    /connections/{connection}
opsa GET    /connections/{connection}/domain-files
opsa GET    /connections/{connection}/domain-files/{name}
op   PUT    /connections/{connection}/domain-files/{name}
op   DELETE /connections/{connection}/domain-files/{name}
op   PATCH  /connections/{connection}
op   POST   /connections/{connection}/check
op   DELETE /connections/{connection}
opsa GET    /providers
opsa GET    /configuration
opsa GET    /apps
op   POST   /apps/{app}/restore
op   PUT    /connections/order
opsa GET    /connections/order
op   POST   /apps
opsa GET    /apps/{app}
op   PATCH  /apps/{app}
op   DELETE /apps/{app}
op   POST   /apps/{app}/secret
op   POST   /apps/{app}/keys/check
opsa GET    /apis
op   POST   /apis
opsa GET    /apis/{api}
op   PATCH  /apis/{api}
op   DELETE /apis/{api}
op   POST   /apis/{api}/secret
opsa GET    /usage
opsa GET    /attention
opsa GET    /health/grants
opsa GET    /health/ending
opsa GET    /identities
opsa GET    /events/types
opsa GET    /branding
opsa GET    /apps/{app}/branding
op   PUT    /branding
opsa GET    /app-admission
op   PUT    /app-admission
op   PUT    /apps/{app}/branding
opsa GET    /users
opsa GET    /users/{user}
ops  PATCH  /users/{user}
op   DELETE /users/{user}
opsa GET    /users/{user}/consents
ops  DELETE /users/{user}/consents/{app}
opsa GET    /users/{user}/sessions
ops  DELETE /users/{user}/sessions
ops  DELETE /users/{user}/sessions/{session}
o    GET    /users/{user}/export
op   POST   /users/{user}/erase
opsa GET    /users/{user}/identities/{identity}/uses
opsa GET    /users/{user}/same-person
opsa GET    /users/{user}/uses
op   POST   /users/{user}/merge
opsa GET    /users/{user}/identities
opsa GET    /users/{user}/identities/{identity}
ops  POST   /users/{user}/identities/{identity}/refresh
ops  POST   /users/{user}/identities/{identity}/ask-again
ops  POST   /users/{user}/identities/{identity}/revoke
ops  DELETE /users/{user}/identities/{identity}
o    GET    /exports/identities.{format}
o    GET    /exports/people.{format}
o    GET    /exports/consents.{format}
op a GET    /exports/events.{format}
opsa GET    /exports/connections.{format}
opsa GET    /exports/apps.{format}
opsa GET    /departures
opsa GET    /events
opsa GET    /events/{event}
opsa GET    /webhooks
op   POST   /webhooks
opsa GET    /webhooks/{webhook}
op   PATCH  /webhooks/{webhook}
op   DELETE /webhooks/{webhook}
op   POST   /webhooks/{webhook}/secret
op   POST   /webhooks/{webhook}/test
op   POST   /webhooks/{webhook}/deliveries/{delivery}/resend
opsa GET    /webhooks/{webhook}/deliveries
opsa GET    /jobs
op   POST   /jobs
opsa GET    /jobs/{job}
opsa GET    /jobs/{job}/items
op   POST   /jobs/{job}/pause
op   POST   /jobs/{job}/resume
op   POST   /jobs/{job}/cancel
opsa GET    /me
op a GET    /admins
o    POST   /admins
o    PATCH  /admins/{user}
o    DELETE /admins/{user}
o    POST   /admins/invitations
op a GET    /tokens
o    POST   /tokens
o    DELETE /tokens/{token}
op a GET    /keys
o    POST   /keys/signing/rotate
op a GET    /settings
op a GET    /approvals
op a GET    /approvals/{approval}
o    POST   /approvals/{approval}/approve
o    POST   /approvals/{approval}/refuse
op   POST   /approvals/{approval}/collect
`;

const letters = { owner: 'o', operator: 'p', support: 's', auditor: 'a' };

describe('the roles', () => {
  it('have what the written table says, of every operation there is', () => {
    const operations = adminOperations({ issuance: {} } as Parameters<typeof adminOperations>[0]);
    const declared = operations.map(({ method, path, needs }) => {
      const allowed = roles.map((role) => (rightsOf(role).may(needs) ? letters[role] : ' '));
      return `${allowed.join('')} ${method.toUpperCase().padEnd(6)} ${path}`;
    });
    expect(declared.sort()).toEqual(table.trim().split('\n').sort());
  });

  it('are capped by the strongest scope of the token, never raised', () => {
    const scopes = (...names: string[]) => capOf(new Set(names));
    expect(scopes('openid')).toBeUndefined();
    expect(scopes('admin:read', 'admin:operate')).toBe('operator');
    expect(rightsOf('owner', 'operator').may('admins:change')).toBe(false);
    expect(rightsOf('support', 'owner').may('configuration:change')).toBe(false);
    // Between support and auditor neither is stronger, so that only what both have is left.
    const both = rightsOf('support', 'auditor');
    expect([both.masked, both.namesOnly, both.may('people:help')]).toEqual([true, true, false]);
    for (const held of roles) {
      for (const cap of roles) {
        for (const permission of Object.keys(permissions) as (keyof typeof permissions)[]) {
          const may = rightsOf(held).may(permission) && rightsOf(cap).may(permission);
          expect(rightsOf(held, cap).may(permission)).toBe(may);
        }
      }
    }
  });

  it('are read from the user, whose former role admin means owner', () => {
    expect(roleOf([])).toBeUndefined();
    expect(roleOf(['admin'])).toBe('owner');
    expect(roleOf(['auditor', 'support'])).toBe('support');
    expect(roleOf(['Owner', 'root'])).toBeUndefined();
  });
});
