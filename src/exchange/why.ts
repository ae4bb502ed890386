/**
 * Why, and why not: from the journals of a run, for each item and nation, what was decided, under which agreement, what
 * was removed, on what grounds, and what became of it. It tells what the nodes wrote down; it decides nothing anew.
 */
import { NATIONS, type Nation, NODE_IDS, type NodeId } from '../model/nation.ts';
import { eachLine, type JournalSource } from './journal-lines.ts';
import { explain, RELEASE_REASONS, type ReasonCode } from './reasons.ts';

/** A journalled reason: `agreement:code` or `code`. */
export interface WhyReason {
  code: string;
  text: string;
  agreement?: string;
}

/** Revisions of one item on one way for which everything was the same. */
export interface WhyGroup {
  item: string;
  from: Nation;
  to: Nation;
  via: NodeId | null;
  decision: 'allow' | 'reduce' | 'deny';
  agreement: string | null;
  removed: string[];
  delayS: number;
  reasons: WhyReason[];
  /** What the hub decided of its own, where it did not simply pass on. */
  relay: { decision: string; reasons: WhyReason[] } | null;
  revisions: number;
  firstRevision: number;
  lastRevision: number;
  firstUs: number;
  lastUs: number;
  /** The longest that one was held between its first decision and its last, s. */
  heldS: number;
  /** What became of them: received, held, notSent:reason, notRelayed:reason, gap:reason, refused; with how many. */
  outcomes: Record<string, number>;
}

export interface WhyAgreementEvent {
  timeUs: number;
  agreement: string;
  event: string;
  state: string;
  by: string[];
  cause: string;
}

/** An item that its originator withdrew. */
export interface WhyRecall {
  item: string;
  from: Nation;
  timeUs: number;
  /** The revision that withdraws it. */
  revision: number;
  why: string;
  holders: {
    nation: Nation;
    /** When the originator had its acknowledgement; null: it did not come. */
    acknowledgedUs: number | null;
    /** What of the holder's picture was worked out again, what was gone, and which of its warnings rested on it. */
    tracks: string[];
    gone: string[];
    warnings: string[];
  }[];
}

export interface WhyReport {
  recalls: WhyRecall[];
  groups: WhyGroup[];
  agreements: WhyAgreementEvent[];
}

export interface WhyFilter {
  item?: string;
  to?: Nation;
}

interface Line {
  timeUs: number;
  kind: string;
  body: Record<string, unknown>;
}

function linesOf(source: JournalSource): Line[] {
  const lines: Line[] = [];
  const take = (text: string): void => {
    try {
      const value = JSON.parse(text) as Partial<Line> | null;
      if (!value?.body || typeof value.kind !== 'string' || typeof value.timeUs !== 'number') return;
      if (value.kind === 'plot') return;
      // What was in the envelope is not asked for.
      if (value.kind === 'received') delete value.body.envelope;
      lines.push({ kind: value.kind, timeUs: value.timeUs, body: value.body });
    } catch {
      // A damaged line is the business of `verify`; what can be read is told.
    }
  };
  take(eachLine(source, take));
  return lines;
}

function reasonOf(text: string): WhyReason {
  const cut = text.lastIndexOf(':');
  const code = text.slice(cut + 1);
  const words = Object.hasOwn(RELEASE_REASONS, code) ? explain(code as ReasonCode) : code;
  return cut < 0 ? { code, text: words } : { code, text: words, agreement: text.slice(0, cut) };
}

const strings = (v: unknown): string[] => (Array.isArray(v) ? v.map(String) : []);
const nameOf = (body: Record<string, unknown>): string =>
  `${String(body.item)}\n${String(body.revision)}\n${String(body.to)}`;

/** What became of each envelope, by hash; the last word counts, and to have been received is the last of all. */
function fates(journals: ReadonlyMap<NodeId, Line[]>): {
  fate: Map<string, string>;
  relay: Map<string, Line>;
} {
  const fate = new Map<string, string>();
  const relay = new Map<string, Line>();
  const tell = (hash: unknown, what: string): void => {
    if (typeof hash === 'string' && fate.get(hash) !== 'received') fate.set(hash, what);
  };
  for (const [node, lines] of journals) {
    for (const line of lines) {
      const { kind, body } = line;
      if (kind === 'received' && node !== 'HUB') fate.set(String(body.hash), 'received');
      else if (kind === 'refused') tell(body.envelope, `refused:${String(body.why)}`);
      else if (kind === 'notRelayed') tell(body.envelope, `notRelayed:${String(body.reason)}`);
      else if (kind === 'gap')
        for (const hash of strings(body.envelopes)) tell(hash, `gap:${String(body.reason)}`);
      else if (kind === 'decision' && node === 'HUB') relay.set(String(body.envelope), line);
    }
  }
  return { fate, relay };
}

/** The report over the journals' texts. Items in order of their first decision, nations in theirs. */
export function whyReport(texts: ReadonlyMap<NodeId, JournalSource>, filter: WhyFilter = {}): WhyReport {
  const journals = new Map(
    NODE_IDS.flatMap((n) => (texts.has(n) ? [[n, linesOf(texts.get(n)!)] as const] : [])),
  );
  const { fate, relay } = fates(journals);
  const groups: WhyGroup[] = [];
  for (const from of NATIONS) {
    const lines = journals.get(from) ?? [];
    const after = new Map<string, string>();
    const hashes = new Map<string, string>();
    for (const { kind, body } of lines) {
      if (kind === 'sent') hashes.set(nameOf(body), String(body.envelope));
      else if (kind === 'notSent') after.set(nameOf(body), `notSent:${String(body.reason)}`);
    }
    const last = new Map<string, WhyGroup>();
    // An item decided again (after its handling, or as an agreement changed) counts by its last decision.
    const final = new Map<string, Line>();
    const offered = new Map<string, number>();
    for (const line of lines) {
      if (line.kind !== 'decision') continue;
      const name = nameOf(line.body);
      final.set(name, line);
      if (!offered.has(name)) offered.set(name, line.timeUs);
    }
    for (const line of final.values()) {
      const { body } = line;
      const item = String(body.item);
      const to = body.to as Nation;
      if (
        (filter.item !== undefined && filter.item !== item) ||
        (filter.to !== undefined && filter.to !== to)
      )
        continue;
      const hash = hashes.get(nameOf(body));
      const outcome =
        hash === undefined
          ? (after.get(nameOf(body)) ?? (body.decision === 'deny' ? 'denied' : 'held'))
          : (fate.get(hash) ?? 'on the way');
      const passed = hash === undefined ? undefined : relay.get(hash);
      const group: WhyGroup = {
        item,
        from,
        to,
        via: (body.via ?? null) as NodeId | null,
        decision: body.decision as WhyGroup['decision'],
        agreement: (body.agreement ?? null) as string | null,
        removed: [
          ...strings(body.reductions),
          ...(typeof body.positionFloorM === 'number' ? [`places finer than ${body.positionFloorM} m`] : []),
        ],
        delayS: Number(body.delayS ?? 0),
        reasons: strings(body.reasons).map(reasonOf),
        relay:
          passed && passed.body.decision !== 'allow'
            ? { decision: String(passed.body.decision), reasons: strings(passed.body.reasons).map(reasonOf) }
            : null,
        revisions: 1,
        firstRevision: Number(body.revision),
        lastRevision: Number(body.revision),
        firstUs: line.timeUs,
        lastUs: line.timeUs,
        heldS: (line.timeUs - (offered.get(nameOf(body)) ?? line.timeUs)) / 1e6,
        outcomes: { [outcome]: 1 },
      };
      const key = `${item}\n${to}`;
      const before = last.get(key);
      if (before && sameGrounds(before, group)) extend(before, group, outcome);
      else {
        last.set(key, group);
        groups.push(group);
      }
    }
  }
  return { recalls: recallsOf(journals, filter), groups, agreements: agreementEvents(journals) };
}

function recallsOf(journals: ReadonlyMap<NodeId, Line[]>, filter: WhyFilter): WhyRecall[] {
  const out: WhyRecall[] = [];
  for (const from of NATIONS) {
    for (const { timeUs, kind, body } of journals.get(from) ?? []) {
      const item = String(body.item);
      if (kind === 'recallAcknowledged') {
        const holder = out
          .find((r) => r.from === from && r.item === item)
          ?.holders.find((h) => h.nation === body.by);
        if (holder) holder.acknowledgedUs = timeUs;
      }
      if (kind !== 'recall' || (filter.item !== undefined && filter.item !== item)) continue;
      const named = NATIONS.filter((n) => strings(body.holders).includes(n));
      const holders = named.filter((n) => filter.to === undefined || filter.to === n);
      out.push({
        item,
        from,
        timeUs,
        revision: Number(body.revision),
        why: String(body.why),
        holders: holders.map((nation) => {
          const at = journals
            .get(nation)
            ?.find((l) => l.kind === 'withdrawnFrom' && l.body.item === item && l.body.from === from);
          const list = (name: string): string[] => strings(at?.body[name]);
          const [tracks, gone, warnings] = [list('tracks'), list('gone'), list('warnings')];
          return { nation, acknowledgedUs: null, tracks, gone, warnings };
        }),
      });
    }
  }
  return out.sort((a, b) => a.timeUs - b.timeUs);
}

function sameGrounds(a: WhyGroup, b: WhyGroup): boolean {
  const grounds = (g: WhyGroup): string =>
    JSON.stringify([g.via, g.decision, g.agreement, g.removed, g.delayS, g.reasons, g.relay]);
  return grounds(a) === grounds(b);
}

function extend(group: WhyGroup, next: WhyGroup, outcome: string): void {
  group.revisions++;
  group.firstRevision = Math.min(group.firstRevision, next.firstRevision);
  group.lastRevision = Math.max(group.lastRevision, next.lastRevision);
  group.firstUs = Math.min(group.firstUs, next.firstUs);
  group.lastUs = Math.max(group.lastUs, next.lastUs);
  group.heldS = Math.max(group.heldS, next.heldS);
  group.outcomes[outcome] = (group.outcomes[outcome] ?? 0) + 1;
}

/** The events of agreements, each once, as the first node that tells of them does. */
function agreementEvents(journals: ReadonlyMap<NodeId, Line[]>): WhyAgreementEvent[] {
  const out = new Map<string, WhyAgreementEvent>();
  for (const lines of journals.values()) {
    for (const { kind, timeUs, body } of lines) {
      if (kind !== 'agreement') continue;
      const entry = body.entry as { by?: string[]; cause?: { en?: string } } | undefined;
      const event = {
        timeUs,
        agreement: String(body.agreement),
        event: String(body.event),
        state: String(body.state),
        by: strings(entry?.by),
        cause: entry?.cause?.en ?? '',
      };
      const key = `${timeUs} ${event.agreement} ${event.event}`;
      if (!out.has(key)) out.set(key, event);
    }
  }
  return [...out.values()];
}
