import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { platformTitle } from '../connectors/contract/names.ts';
import type { Page } from '../http/page.ts';
import { createAgreements } from '../identities/agreements-store.ts';
import { createEventStore } from '../kit/events/event-store.ts';
import { html } from '../kit/html.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { dataTexts as texts } from './data-texts.ts';
import type { Erasure } from './erasure.ts';
import { framed, placeTitle } from './frame.ts';
import { manageLink } from './manage-link.ts';
import { accountName } from './names.ts';
import { createPersonalData } from './personal-data.ts';
import type { AccountDeps } from './ports.ts';
import { endSession } from './session.ts';
import type { AccountStep, Visit } from './step.ts';
import { refusedPage, stepPage } from './step-pages.ts';
import { canEndGrant } from './taken-tokens.ts';

const place = '/account/data';

/** Returns the page of a person's data. */
export function dataPage({ user, locale, csrf }: Visit): Page {
  const title = placeTitle(place, locale);
  const body = html`<h1>${title}</h1>
<section class="card"><h2>${texts.downloadTitle[locale]}</h2><p>${texts.downloadHint[locale]}</p>
<form method="post" action="${place}/download">${csrf}<button>${texts.download[locale]}</button></form></section>
<section class="card"><h2>${texts.eraseTitle[locale]}</h2><p>${texts.eraseHint[locale]}</p>
<div class="actions"><a class="button plain danger" href="${place}/erase">${texts.eraseBegin[locale]}</a></div></section>`;
  return framed({ locale, user, place }, { title, body });
}

/** Returns what sends a person their data. */
export function createDownload(deps: AccountDeps) {
  const { events } = deps;
  const personalData = createPersonalData({
    ...deps,
    agreements: createAgreements(deps.database),
    eventStore: createEventStore(deps.database.prisma),
  });
  return async ({ user, response }: Visit): Promise<void> => {
    await events.record({ type: 'person.exported', userId: user.id });
    response.set({
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': `attachment; filename="${user.id}.json"`,
    });
    await pipeline(Readable.from(personalData(user)), response);
  };
}

/** Returns the step in which a person erases themselves, also with the last account. */
export function createEraseStep(deps: AccountDeps, erasure: Erasure): AccountStep {
  const { identities, connections } = deps;

  /** Returns a sentence for each linked account: what happens to the permission at the provider. */
  async function fates({ user, locale }: Visit) {
    const [mine, all] = await Promise.all([identities.allOfUser(user.id), connections.all()]);
    return mine.flatMap((identity) => {
      const connection = all.find(({ id }) => id === identity.connectionId);
      if (!connection) return [];
      const { connector, registration } = connection;
      const ends = canEndGrant(connection);
      const platform = platformTitle(connector)[locale];
      const sentence = fill(ends ? texts.eraseEnds : texts.eraseYours, locale, { platform });
      const link = !ends && manageLink(connector, registration.endpoints, locale);
      return [
        html`<li><b class="name">${accountName(connection, identity, locale)}</b><br>${sentence} ${link}</li>`,
      ];
    });
  }

  async function ask(visit: Visit, warning?: string): Promise<Page> {
    const { request, locale, csrf } = visit;
    const list = await fates(visit);
    return stepPage({
      locale,
      title: texts.eraseAsk[locale],
      explanation: [
        warning !== undefined && html`<strong role="alert">${warning}</strong>`,
        texts.eraseGone[locale],
        texts.eraseKept[locale],
      ],
      list,
      action: request.originalUrl,
      field: {
        name: 'word',
        label: fill(texts.typeWord, locale, { word: texts.word[locale] }),
      },
      button: texts.eraseButton[locale],
      danger: true,
      csrf,
      back: place,
    });
  }

  return {
    show: (visit) => ask(visit),
    async act(visit) {
      const { request, response, user, locale } = visit;
      const typed = String(request.body?.word ?? '')
        .trim()
        .toLowerCase();
      if (!Object.values(texts.word).includes(typed)) {
        response.status(422);
        return await ask(visit, texts.wrongWord[locale]);
      }
      try {
        const code = await erasure.erase(user);
        await endSession(request);
        return `/account/erased/${code}`;
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'conflict') throw error;
        response.status(error.status);
        return refusedPage(locale, texts.lastOwner[locale]);
      }
    },
  };
}
