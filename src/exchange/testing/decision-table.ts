/**
 * A second decision table, for the tests only: written from the published facts about the three agreements,
 * as rows of lanes, and sharing nothing with `decide` or the agreement files.
 */
interface Lane {
  agreement: string;
  /** `from>to` or `from>relay>to`. */
  path: string;
  firstDay: string;
  delayS: number;
}

const lanes: Lane[] = [];
for (const path of ['KOR>USA', 'USA>KOR', 'JPN>USA', 'USA>JPN', 'KOR>USA>JPN', 'JPN>USA>KOR']) {
  lanes.push({ agreement: 'tisa-2014', path, firstDay: '2014-12-29', delayS: 15 * 60 });
  lanes.push({ agreement: 'mechanism-2023', path, firstDay: '2023-12-19', delayS: 0 });
}
for (const path of ['KOR>JPN', 'JPN>KOR']) {
  lanes.push({ agreement: 'gsomia-2016', path, firstDay: '2016-11-23', delayS: 24 * 3600 });
}
const byPath = new Map<string, Lane[]>();
for (const lane of lanes) byPath.set(lane.path, [...(byPath.get(lane.path) ?? []), lane]);

export interface TableLabel {
  kind: string;
  originators: string[];
  threat: string;
  level: string;
  releasableTo: string[];
  elements: string[];
  consents: { by: string; to: string; until: string }[];
}

export interface TableAnswer {
  decision: string;
  agreement: string | null;
  reductions: string[];
  delayS: number;
}

const DENY: TableAnswer = { decision: 'deny', agreement: null, reductions: [], delayS: 0 };
const WARNING_DATA = new Set(['launchPoint', 'trajectory', 'impactPoint']);
const WARNING_KINDS = new Set(['tracklet', 'track', 'launch', 'impact']);

/** `day` and the `until` of consents are plain days, compared as texts. */
export function lookUp(
  label: TableLabel,
  from: string,
  to: string,
  via: string | null,
  day: string,
): TableAnswer {
  if (from === to || !label.releasableTo.includes(to)) return DENY;
  if (label.level === 'topSecret' || label.threat === 'unknown') return DENY;
  const path = via === null || via === from || via === to ? `${from}>${to}` : `${from}>${via}>${to}`;
  const others = label.originators.filter((n) => n !== from && n !== to);
  const approved = others.every((n) =>
    label.consents.some((c) => c.by === n && c.to === to && c.until > day),
  );
  let best: TableAnswer = DENY;
  for (const lane of byPath.get(path) ?? []) {
    if (day < lane.firstDay) continue;
    let removed: string[] = [];
    if (lane.agreement === 'gsomia-2016') {
      if (label.originators.includes('USA') || !approved) continue;
    } else if (label.threat !== 'DPRK') continue;
    if (lane.agreement === 'tisa-2014' && !approved) continue;
    if (lane.agreement === 'mechanism-2023') {
      // The United States passes on by itself; a third nation's information that KOR or JPN gives it needs a consent.
      if (to === 'USA' && !approved) continue;
      if (!WARNING_KINDS.has(label.kind)) continue;
      removed = label.elements.filter((e) => !WARNING_DATA.has(e));
      if (removed.length === label.elements.length) continue;
    }
    if (best === DENY || lane.delayS < best.delayS) {
      best = {
        decision: removed.length > 0 ? 'reduce' : 'allow',
        agreement: lane.agreement,
        reductions: removed,
        delayS: lane.delayS,
      };
    }
  }
  return best;
}
