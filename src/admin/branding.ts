import { z } from 'zod';
import type { Brandings } from '../http/branding.ts';
import { deploymentScope } from '../http/branding.ts';
import { brandingInput, legalLinks } from '../http/branding-input.ts';
import type { Branding } from '../http/branding-store.ts';
import { changesBetween, type Facts } from '../kit/events/changes.ts';
import { givenText } from '../kit/localized.ts';
import { urlOf } from '../kit/picture.ts';
import { Problem } from '../kit/problem.ts';
import { remarksIn } from '../kit/versions.ts';
import { editOf, withBothSides } from './edits.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { idText } from './shapes.ts';

export const brandingAnswer = z
  .object({
    name: givenText(60).nullable(),
    accent: z.string().nullable(),
    logo: z.string().nullable().describe('A `data:` URL'),
    legal: z.object(legalLinks.shape),
    version: z.number().int().describe('Each change raises it; 0: nothing was ever set'),
  })
  .meta({ id: 'Branding' });

const tag = 'Branding';

/** The looks of the pages: of the deployment, and of single apps. */
export function brandingOperations({ branding, issuance, events }: AdminDeps): readonly Operation[] {
  async function requireApp(id: string): Promise<string> {
    const app = idText.safeParse(id).success ? await issuance.apps.get(id) : undefined;
    if (!app) throw new Problem('not_found');
    return app.id;
  }

  const scopes = [
    { path: '/branding', of: 'the deployment', scopeIn: async (_app: string) => deploymentScope },
    { path: '/apps/{app}/branding', of: 'an app', scopeIn: requireApp },
  ];
  return scopes.flatMap(({ path, of, scopeIn }) => [
    operation({
      method: 'get',
      path,
      needs: 'configuration:read',
      tag,
      summary: `Read the looks of ${of}`,
      answer: brandingAnswer,
      status: 200,
      problems: ['not_found'],
      handle: async ({ param }) => await described(branding, await scopeIn(param('app'))),
    }),
    operation({
      method: 'put',
      path,
      needs: 'configuration:change',
      edits: true,
      large: true,
      tag,
      summary: `Set the looks of ${of}`,
      description:
        'Everything is replaced: what is left out is taken back to its default. An app without looks of its own has those of the deployment.',
      body: brandingInput,
      answer: brandingAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, body, edit, reason }) {
        const scope = await scopeIn(param('app'));
        const passing = editOf({ edit, reason });
        const { version } = passing;
        const theirs = async () => await described(branding, scope);
        const { before, after } = await withBothSides(() => branding.replace(scope, body, version), {
          mine: body,
          theirs,
        });
        const changes = changesBetween(factsOf(before), factsOf(after));
        const appId = scope === deploymentScope ? undefined : scope;
        await events.record({
          type: 'branding.changed',
          appId,
          detail: { scope, changes, ...remarksIn(passing) },
        });
        return await theirs();
      },
    }),
  ]);
}

export async function described(
  branding: Pick<Brandings, 'now' | 'logoOf'>,
  scope: string,
): Promise<z.input<typeof brandingAnswer>> {
  const [{ name, accent, legal, version }, logo] = await Promise.all([
    branding.now(scope),
    branding.logoOf(scope),
  ]);
  return { name, accent, logo: logo ? urlOf(logo) : null, legal, version };
}

/** Returns the looks as events name them. */
function factsOf({ name, accent, hasLogo, legal: { agreement, ...links } }: Branding): Facts {
  return {
    name: { en: name?.en ?? null, zh: name?.zh ?? null },
    accent,
    logo: hasLogo,
    legal: { ...links, agreement: agreement && `${agreement.version} ${agreement.url}` },
  };
}
