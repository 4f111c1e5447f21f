// Settings of a connection that only its provider knows: a tenant, a region, the id of a signing key.

export interface OptionTrait {
  /** For the admin, in one sentence. */
  readonly about: string;
  readonly default?: string;
  /** Nothing else is taken. */
  readonly values?: readonly string[];
  readonly pattern?: RegExp;
  readonly required?: true;
  /** Kept sealed, and never shown again. */
  readonly secret?: true;
}

/** For connectors with a `sharedId`: ids are the same only within one account of the operator's at the provider. */
export const familyOption: OptionTrait = {
  about:
    'Connections that name the same family know a person by the id which the provider gives all apps of one account of yours.',
  default: 'default',
  pattern: /^[\w.-]{1,64}$/,
};

/** For connectors with `native`: nobody signs in by an SDK's proof until the operator says whose apps may bring one. */
export const nativeAudienceOption: OptionTrait = {
  about:
    'Client ids of your own apps at the provider, separated by spaces, whose SDK may sign people in here by code or token.',
};

export function nativeAudiencesOf(options: Options): readonly string[] {
  return (options.native_audience ?? '').split(/\s+/).filter((audience) => audience !== '');
}

export type OptionTraits = Readonly<Record<string, OptionTrait>>;

export type Options = Readonly<Record<string, string>>;

/** What a connection's options are: the defaults under what was entered. */
export function optionsOf(traits: OptionTraits = {}, entered: Options = {}): Options {
  const defaults = Object.entries(traits).flatMap(([name, trait]) =>
    trait.default === undefined ? [] : [[name, trait.default]],
  );
  return { ...Object.fromEntries(defaults), ...entered };
}

/** What is wrong with options as they would stand, in words for the admin. */
export function optionFaults(traits: OptionTraits = {}, entered: Options = {}): readonly string[] {
  const known = Object.entries(traits).flatMap(([name, trait]) => {
    const value = entered[name];
    if (value === undefined) return trait.required ? [`Option ${name} is needed: ${trait.about}`] : [];
    if (trait.values && !trait.values.includes(value))
      return [`Option ${name} must be one of: ${trait.values.join(', ')}.`];
    return trait.pattern && !trait.pattern.test(value) ? [`Option ${name} is malformed: ${trait.about}`] : [];
  });
  const names = Object.keys(traits);
  const unknown = Object.keys(entered).filter((name) => !Object.hasOwn(traits, name));
  const offered = names.length > 0 ? names.join(', ') : 'none';
  return [...known, ...unknown.map((name) => `There is no option ${name} here. Options: ${offered}.`)];
}
