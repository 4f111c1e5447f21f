/** A setting that connections of one provider have: a tenant, a region, the id of a signing key. */
export interface OptionTrait {
  /** For the admin, in one sentence. */
  readonly about: string;
  readonly default?: string;
  /** The only values accepted. */
  readonly values?: readonly string[];
  readonly pattern?: RegExp;
  readonly required?: true;
  /** Stored sealed, and never shown again. */
  readonly secret?: true;
}

/** The options of a provider, by the names under which a connection gives them. */
export type OptionTraits = Readonly<Record<string, OptionTrait>>;

/** The values of a connection's options, by name. All are text. */
export type Options = Readonly<Record<string, string>>;

/**
 * For connectors with a `sharedId`: such ids are equal only among the apps of one developer account at the provider.
 */
export const familyOption: OptionTrait = {
  about:
    'Connections of the same family identify a person by the id that is the same for all apps of your developer account.',
  default: 'default',
  pattern: /^[\w.-]{1,64}$/,
};

/** For connectors with `native`: no SDK's proof is accepted until the operator lists the apps that may bring one. */
export const nativeAudienceOption: OptionTrait = {
  about:
    'The client ids of your own apps at the provider, separated by spaces. People may sign in here with a code or token from the SDK of these apps.',
};

/** Returns the client ids of the operator's own apps, whose SDK proofs are accepted. */
export function nativeAudiencesOf(options: Options): readonly string[] {
  return (options.native_audience ?? '').split(/\s+/).filter((audience) => audience !== '');
}

/** For providers of which some reports say that PKCE breaks them, and others that they require it. */
export const pkceOption: OptionTraits = {
  pkce: {
    about: 'The use of PKCE, `on` or `off`. Reports differ on whether this provider supports it.',
    default: 'on',
    values: ['on', 'off'],
  },
};

export function pkceFor({ pkce }: Options): { readonly pkce?: 'unsupported' } {
  return pkce === 'off' ? { pkce: 'unsupported' } : {};
}

/** Returns the options of a connection: the entered values over the defaults. */
export function optionsOf(traits: OptionTraits = {}, entered: Options = {}): Options {
  const defaults = Object.entries(traits).flatMap(([name, trait]) =>
    trait.default === undefined ? [] : [[name, trait.default]],
  );
  return { ...Object.fromEntries(defaults), ...entered };
}

/** Returns one sentence for the admin for each fault in the entered options. */
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
