/** The effect of a refresh on the used refresh token. `overlapping` keeps it valid; the last mode detects reuse. */
export const rotationModes = ['static', 'overlapping', 'single-use', 'reuse-kills-family'] as const;
export type RotationMode = (typeof rotationModes)[number];
