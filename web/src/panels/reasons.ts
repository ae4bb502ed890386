/** Release decisions in the reader's words: reasons by their codes, and what varies in them. */
import type { AgreementView, Language, NodeId, ReleaseView } from '../../../src/node/wire.ts';
import type { Catalogue } from '../i18n/en.ts';
import { duration } from '../i18n/format.ts';

/** A text and the language it is in, where that is not the page's. */
export interface Words {
  text: string;
  lang?: 'en';
}

type ReasonView = ReleaseView['reasons'][number];
const known = (table: Record<string, string>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** A code that this page does not know is shown as the code that it is. */
export function reasonWords(code: string, t: Catalogue): Words {
  const text = known(t.sharing.reason, code);
  return text === undefined ? { text: code, lang: 'en' } : { text };
}

/** A length in m or km: the same signs in all three languages. */
export function lengthWords(m: number): string {
  return m < 1000 ? `${m} m` : `${Number((m / 1000).toFixed(1))} km`;
}

/** What varies in a reason. Nations, elements, levels, kinds and times are told in the page's language. */
export function detailWords({ code, detail }: ReasonView, t: Catalogue): Words | undefined {
  if (detail === undefined || code === 'released') return undefined;
  const word = (w: string): string | undefined =>
    known(t.nation, w) ??
    known(t.sharing.element, w) ??
    known(t.sharing.level, w) ??
    known(t.sharing.kind, w);
  const after = /^after (\d+) s$/.exec(detail);
  if (after) return { text: t.sharing.after(duration(Number(after[1]) * 1e6)) };
  const floor = /^(\d+(?:\.\d+)?) m$/.exec(detail);
  if (floor) return { text: lengthWords(Number(floor[1])) };
  if (detail === 'no relay') return { text: t.sharing.noRelay };
  const pair = /^(\w+) (to|above) (\w+)$/.exec(detail);
  const ends = pair && [word(pair[1]), word(pair[3])];
  if (pair && ends?.[0] && ends[1]) return { text: ends.join(pair[2] === 'to' ? ' → ' : ' > ') };
  const via = /^via (\w+)$/.exec(detail);
  const relay = via && word(via[1]);
  if (relay) return { text: t.sharing.via(relay) };
  const list = detail.split(', ').map(word);
  return list.every((w) => w !== undefined) ? { text: list.join(', ') } : { text: detail, lang: 'en' };
}

/** An agreement by the short name that its title gives it, or by its title. */
export function agreementName(
  id: string,
  agreements: readonly Pick<AgreementView, 'id' | 'title'>[],
  language: Language,
): string {
  const title = agreements.find((a) => a.id === id)?.title[language];
  if (title === undefined) return id;
  return /[(（]([A-Z]{3,})[)）]\s*$/.exec(title)?.[1] ?? title;
}

/** Reasons in their order, those of one agreement together. */
export function byAgreement(reasons: readonly ReasonView[]): [string | undefined, ReasonView[]][] {
  const groups = new Map<string | undefined, ReasonView[]>();
  for (const r of reasons) {
    const group = groups.get(r.agreement);
    if (group) group.push(r);
    else groups.set(r.agreement, [r]);
  }
  return [...groups];
}

export type Verdict = 'allow' | 'reduce' | 'deny' | 'delayed';

export function verdictOf({ decision, delayS }: Pick<ReleaseView, 'decision' | 'delayS'>): Verdict {
  return decision !== 'deny' && delayS > 0 ? 'delayed' : decision;
}

export interface ReleaseGroup {
  kinds: string[];
  /** Since when the last of them is decided so. */
  sinceUs: number;
  /** When the latest of them was decided. */
  decidedUs: number;
  example: ReleaseView;
}

/** The decisions for one nation; kinds that are decided in the same way for the same reasons are told once. */
export function groupReleases(releases: readonly ReleaseView[], to: NodeId): ReleaseGroup[] {
  const groups = new Map<string, ReleaseGroup>();
  for (const r of releases) {
    if (r.to !== to) continue;
    const { decision, agreement, via, removed, positionFloorM, delayS, reasons } = r;
    const key = JSON.stringify([decision, agreement, via, removed, positionFloorM ?? 0, delayS, reasons]);
    const group = groups.get(key);
    if (group) {
      group.kinds.push(r.kind);
      group.sinceUs = Math.max(group.sinceUs, r.sinceUs);
      group.decidedUs = Math.max(group.decidedUs, r.timeUs);
    } else groups.set(key, { kinds: [r.kind], sinceUs: r.sinceUs, decidedUs: r.timeUs, example: r });
  }
  const rank: Record<Verdict, number> = { deny: 0, delayed: 1, reduce: 2, allow: 3 };
  return [...groups.values()].sort((a, b) => rank[verdictOf(a.example)] - rank[verdictOf(b.example)]);
}

/** Those that changed while the run was on, newest first. */
export function recentChanges(
  agreements: readonly AgreementView[],
  nowUs: number,
  withinUs: number,
): AgreementView[] {
  return agreements
    .filter((a) => a.change && nowUs - a.change.timeUs <= withinUs)
    .sort((a, b) => (b.change?.timeUs ?? 0) - (a.change?.timeUs ?? 0));
}
