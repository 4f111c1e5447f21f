/** What becomes of a refresh token that has been used; the last one detects reuse, and an overlapping one lives on. */
export const rotationModes = ['static', 'overlapping', 'single-use', 'reuse-kills-family'] as const;
export type RotationMode = (typeof rotationModes)[number];
