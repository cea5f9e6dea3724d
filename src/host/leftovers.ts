/** Runs whose window or command line is gone: a crash, a reload, a machine that slept. The scripts went on. */
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { Leftover, Remains } from '../run/index.js';
import { amountOf, canBeCleaned, chooseToClean, cleanAndTell } from './cleaning.js';
import type { Host } from './host.js';
import { wordsOf } from './outcome.js';
import { translatedWordsOf } from './texts.js';

const offeredKey = 'offeredLeftovers';
const mostOffered = 100;
const mostSingly = 2;

/** A run that can be shown, or what is left of one that can not; one of the two at least. */
interface Offer {
  readonly folder: string;
  readonly scriptName: string;
  readonly leftover: Leftover | null;
  readonly left: Remains | null;
}

interface OfferItem extends vscode.QuickPickItem {
  readonly offer: Offer;
}

/**
 * @param asked by a person, who is then told also when there are none; else what runs is offered each time, what has ended once
 */
export async function offerLeftovers(host: Host, asked: boolean): Promise<void> {
  const found = await findOffers(host);
  if (asked) await choose(host, found.filter(({ leftover }) => leftover !== null));
  else await offerAll(host, await notOffered(host, found));
}

async function findOffers(host: Host): Promise<readonly Offer[]> {
  const { leftovers, remains } = await import('../run/index.js');
  const known = new Set(host.runs.all.map((entry) => entry.folder));
  const runs = (await leftovers()).filter((leftover) => !known.has(leftover.folder));
  // What another window still shows, that one speaks of.
  const left = new Map((await remains()).filter((one) => !one.observed && canBeCleaned(one)).map((one) => [one.folder, one]));
  const offers: Offer[] = runs.map((leftover) => ({ folder: leftover.folder, scriptName: leftover.scriptName, leftover, left: left.get(leftover.folder) ?? null }));
  for (const { folder } of offers) left.delete(folder);
  for (const one of left.values()) if (!known.has(one.folder)) offers.push({ folder: one.folder, scriptName: one.scriptName, leftover: null, left: one });
  return offers;
}

const isRunning = ({ leftover }: Offer): boolean => leftover?.running === true;

/** Each by its name, but many of them in one message. */
async function offerAll(host: Host, fresh: readonly Offer[]): Promise<void> {
  if (fresh.length <= mostSingly) {
    for (const one of fresh) void offer(host, one);
    return;
  }
  const list = vscode.l10n.t('Show List');
  const cleanUp = vscode.l10n.t('Clean Up…');
  const message = vscode.l10n.t('{0} runs were left over by windows that are gone; {1} of them still run.', fresh.length, fresh.filter(isRunning).length);
  const buttons = [...(fresh.some(({ leftover }) => leftover !== null) ? [list] : []), ...(fresh.some(({ left }) => left !== null) ? [cleanUp] : [])];
  const answer = await vscode.window.showInformationMessage(message, ...buttons);
  if (answer === list) await choose(host, fresh.filter(({ leftover }) => leftover !== null));
  else if (answer === cleanUp) await chooseToClean(host);
}

async function notOffered(host: Host, found: readonly Offer[]): Promise<readonly Offer[]> {
  const offered = v.parse(v.fallback(v.array(v.string()), []), host.globalState.get(offeredKey));
  // A run that could be shown may leave something to clean when it no longer can: that is another offer.
  const keyOf = ({ folder, leftover }: Offer): string => (leftover === null ? `${folder} left` : folder);
  const fresh = found.filter((one) => isRunning(one) || !offered.includes(keyOf(one)));
  const ended = fresh.filter((one) => !isRunning(one)).map(keyOf);
  if (ended.length > 0) await host.globalState.update(offeredKey, [...offered, ...ended].slice(-mostOffered));
  return fresh;
}

async function offer(host: Host, one: Offer): Promise<void> {
  const { scriptName, leftover, left } = one;
  const attach = vscode.l10n.t('Attach');
  const show = vscode.l10n.t('Show');
  const clean = cleanWord(one);
  const answer = await vscode.window.showInformationMessage(
    leftover === null
      ? vscode.l10n.t('An earlier run of {0} left {1} behind.', scriptName, left === null ? '' : amountOf(left))
      : leftover.running
        ? vscode.l10n.t('{0} still runs; the window that started it is gone.', scriptName)
        : left === null
          ? vscode.l10n.t('{0} ended after the window that started it was gone. What it did is recorded.', scriptName)
          : vscode.l10n.t('{0} ended after the window that started it was gone, and left {1} behind. What it did is recorded.', scriptName, amountOf(left)),
    ...(leftover === null ? [] : [leftover.running ? attach : show]),
    ...(left === null ? [] : [clean]),
  );
  if (answer === clean) await clear(host, one);
  else if (answer !== undefined && leftover !== null) await adopt(host, leftover);
}

function cleanWord(one: Offer): string {
  return isRunning(one) ? vscode.l10n.t('End All') : vscode.l10n.t('Clean Up');
}

/** As it is by now: the offer may have stood for hours. */
async function clear(host: Host, { folder }: Offer): Promise<void> {
  const { remains } = await import('../run/index.js');
  const left = (await remains()).find((one) => one.folder === folder);
  if (left === undefined) void vscode.window.showInformationMessage(vscode.l10n.t('Nothing of it is left.'));
  else await cleanAndTell(host, [{ remains: left, processes: true, memory: true }]);
}

async function choose(host: Host, found: readonly Offer[]): Promise<void> {
  if (found.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No run was left over.'));
    return;
  }
  const pick = vscode.window.createQuickPick<OfferItem>();
  pick.title = vscode.l10n.t('Left-over Runs');
  pick.items = found.flatMap((one) => (one.leftover === null ? [] : [itemOf(one, one.leftover)]));
  await new Promise<void>((resolve) => {
    const leave = (then: Promise<void>): void => {
      resolve(then);
      pick.hide();
    };
    pick.onDidTriggerItemButton(({ item }) => leave(clear(host, item.offer)));
    pick.onDidAccept(() => {
      const leftover = pick.selectedItems[0]?.offer.leftover;
      if (leftover != null) leave(adopt(host, leftover));
    });
    pick.onDidHide(() => {
      pick.dispose();
      resolve();
    });
    pick.show();
  });
}

function itemOf(one: Offer, leftover: Leftover): OfferItem {
  const when = new Date(leftover.startedAt).toLocaleString(vscode.env.language);
  return {
    label: leftover.scriptName,
    description: leftover.running ? vscode.l10n.t('running') : vscode.l10n.t('ended'),
    detail: [when, ...(one.left === null ? [] : [amountOf(one.left)]), leftover.folder].join(' · '),
    buttons: one.left === null ? [] : [{ iconPath: new vscode.ThemeIcon(leftover.running ? 'debug-stop' : 'trash'), tooltip: cleanWord(one) }],
    offer: one,
  };
}

async function adopt(host: Host, leftover: Leftover): Promise<void> {
  try {
    await host.adopt(leftover);
  } catch (error) {
    host.log.error(`${leftover.folder}: ${wordsOf(error)}`);
    void vscode.window.showErrorMessage(vscode.l10n.t('The run of {0} cannot be shown: {1}', leftover.scriptName, translatedWordsOf(error)));
  }
}
