import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccEnsureRequestWithAcrValuesSucceeds: Module = {
  name: 'oidcc-ensure-request-with-acr-values-succeeds',
  async run(suite) {
    const { idToken } = await signIn(suite, { request: { acr_values: '1 2' } });
    expect(idToken).not.toHaveProperty('acr');
    return {
      result: 'warning',
      why: 'no `acr` is claimed: how a provider knew the person is not known here',
    };
  },
};
