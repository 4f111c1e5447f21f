import { expect } from 'vitest';
import { checkMetadata } from '../check-metadata.ts';
import type { Module } from '../suite.ts';

export const oidccRpInitiatedLogoutDiscoveryEndpointVerification: Module = {
  name: 'oidcc-rp-initiated-logout-discovery-endpoint-verification',
  async run(suite) {
    await checkMetadata(suite);
    expect(suite.metadata.end_session_endpoint).toBe(`${suite.issuer}/oidc/logout`);
  },
};
