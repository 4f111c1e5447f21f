/** What becomes of a refresh token that has been used; the last one detects reuse. */
export const rotationModes = ['static', 'single-use', 'reuse-kills-family'] as const;
export type RotationMode = (typeof rotationModes)[number];
