import type { ClaimSubject, SecondIssuer } from '../../issuance/ports.ts';

// The claims that Keycloak's adapters, and apps written for Keycloak, read beside the standard ones. keycloak-connect
// refuses tokens without `typ`.

const inBothTokens = ({ subject, clientId }: ClaimSubject) => ({
  azp: clientId,
  // Unique and fixed, as Keycloak's user names are, because apps use it as a key. A name that a person chose at a
  // provider is neither.
  preferred_username: subject,
});

const marks = { typ: 'Bearer' };

export const accessToken: SecondIssuer['accessToken'] = {
  // Keycloak's. Spring's decoder takes no other.
  headerType: 'JWT',
  marks,
  // No roles are known here. Apps read the lists without asking whether there are any.
  claims: (of) => ({ ...inBothTokens(of), ...marks, realm_access: { roles: [] }, resource_access: {} }),
};

export const idToken: SecondIssuer['idToken'] = {
  claims: (of) => ({ ...inBothTokens(of), typ: 'ID' }),
  names: ['azp', 'preferred_username', 'typ'],
};
