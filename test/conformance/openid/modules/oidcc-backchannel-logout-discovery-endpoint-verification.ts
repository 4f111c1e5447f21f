import { expect } from 'vitest';
import { checkMetadata } from '../check-metadata.ts';
import type { Module } from '../suite.ts';

export const oidccBackchannelLogoutDiscoveryEndpointVerification: Module = {
  name: 'oidcc-backchannel-logout-discovery-endpoint-verification',
  async run(suite) {
    await checkMetadata(suite);
    expect(suite.metadata).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      end_session_endpoint: expect.any(String),
    });
  },
};
