/**
 * Reading an agreement as its author needs it read: everything that is wrong with it at once, and what is not wrong but
 * means less, more or something other than it seems. An ambiguity never stops a file from being used.
 */
import { seededRandom } from '../earth/random.ts';
import { BeaconfireError } from '../model/errors.ts';
import {
  ELEMENTS,
  type Element,
  ITEM_KINDS,
  type ItemKind,
  type ItemLabel,
  LEVELS,
  THREATS,
} from '../model/item.ts';
import { NATIONS } from '../model/nation.ts';
import { parseYaml } from '../model/schema.ts';
import { type Agreement, AgreementFile, FACT_FIELDS, releases } from './agreement.ts';
import { COARSENED_KINDS } from './coarsen.ts';
import { decide } from './decide.ts';
import { agreementState, inForce } from './history.ts';
import { agreementFaults, checkAgreement } from './load.ts';
import { absolutePolicies, CedarTerms, parsePolicies, validatePolicies } from './terms.ts';

export interface Finding {
  file: string;
  field: string;
  /** `wrong`: the file is refused. `ambiguous`: it can be read in two ways, or does nothing. `assumed`: no public fact. */
  kind: 'wrong' | 'ambiguous' | 'assumed';
  text: string;
}

export interface Review {
  agreements: Agreement[];
  findings: Finding[];
}

/** The kinds of items that carry an element, for the terms that name both. */
const CARRIED_BY: Record<Element, readonly ItemKind[]> = {
  launchPoint: ['track', 'launch', 'tracklet', 'impact', 'assessment', 'warning'],
  trajectory: ['plot', 'tracklet', 'track', 'launch', 'impact', 'assessment', 'warning'],
  impactPoint: ['track', 'impact', 'tracklet', 'launch', 'assessment', 'warning'],
  sensorIdentity: ['plot', 'tracklet', 'track', 'launch', 'impact'],
  rawPlot: ['plot'],
};

/** Reviews files by themselves and together, as they stand at `nowUs`, and the written terms that belong to them. */
export function reviewAgreements(
  files: readonly { file: string; text: string }[],
  nowUs: number,
  termsOf?: (file: string) => { file: string; text: string } | undefined,
): Review {
  const findings: Finding[] = [];
  const read: { file: string; agreement: Agreement }[] = [];
  for (const { file, text } of files) {
    const say = (kind: Finding['kind'], field: string, what: string): void =>
      void findings.push({ file, field, kind, text: what });
    let parsed: AgreementFile;
    try {
      parsed = parseYaml(AgreementFile, text, file) as AgreementFile;
    } catch (cause) {
      if (!(cause instanceof BeaconfireError)) throw cause;
      const { line, field } = cause.place;
      say(
        'wrong',
        [line === undefined ? '' : `line ${line}`, field ?? ''].filter(Boolean).join(' '),
        detailOf(cause),
      );
      continue;
    }
    const faults = agreementFaults(parsed);
    for (const f of faults) say('wrong', f.field, f.text);
    if (faults.length > 0) continue;
    const agreement = checkAgreement(parsed, file);
    const other = read.find((r) => r.agreement.id === agreement.id);
    if (other) say('wrong', 'id', `expected an id of its own, found that of ${other.file}`);
    else read.push({ file, agreement });
    alone(agreement, nowUs, say);
    if (termsOf) written(agreement, termsOf(file), nowUs, say);
  }
  together(read, nowUs, findings);
  return { agreements: read.map((r) => r.agreement), findings };
}

/** Requests by which data and written terms are compared; the differences that people make show in far fewer. */
const COMPARED = 400;

/** The written terms: sound by themselves, and of one meaning with the data. */
function written(
  a: Agreement,
  terms: { file: string; text: string } | undefined,
  nowUs: number,
  say: Say,
): void {
  if (!terms) {
    say('ambiguous', 'terms', 'no written terms (.cedar) beside the file: its data alone decide');
    return;
  }
  try {
    const faults = validatePolicies([...absolutePolicies(), ...parsePolicies(terms.text, terms.file)]);
    for (const fault of faults) say('wrong', 'terms', fault);
    if (faults.length > 0) return;
  } catch (cause) {
    if (!(cause instanceof BeaconfireError)) throw cause;
    say('wrong', 'terms', detailOf(cause));
    return;
  }
  const gate = new CedarTerms(new Map([[a.id, terms]]));
  const random = seededRandom(1);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random.uniform() * all.length)];
  for (let i = 0; i < COMPARED; i++) {
    const from = pick(NATIONS);
    const to = pick(NATIONS);
    const relay = pick([undefined, undefined, ...NATIONS.filter((n) => n !== from && n !== to)]);
    const label: ItemLabel = {
      id: 'probe',
      kind: pick(a.kinds === 'any' ? ITEM_KINDS : [...ITEM_KINDS, ...a.kinds]),
      mode: 'exercise',
      originators: [random.uniform() < 0.7 ? from : pick(NATIONS)],
      threat: pick(a.threats === 'any' ? THREATS : [...THREATS, ...a.threats]),
      level: pick(LEVELS),
      releasableTo: [...NATIONS],
      elements: ELEMENTS.filter(() => random.uniform() < 0.5),
      consents: NATIONS.filter(() => random.uniform() < 0.3).map((by) => ({ by, to, until: '9999-01-01' })),
    };
    const byData = decide(label, from, to, relay ?? null, [a], nowUs);
    const elements = label.elements.filter((e) => a.elements === 'any' || a.elements.includes(e));
    const permitted =
      gate.ask(a.id, {
        label: { ...label, elements },
        from,
        to,
        relay,
        inForce: inForce(agreementState(a, nowUs)),
        nowUs,
      })?.permitted === true;
    if (permitted === (byData.decision !== 'deny')) continue;
    const { kind, threat, level, originators } = label;
    const way = `${originators.join()}'s ${level} ${kind} on ${threat}, ${from} to ${to}${relay ? ` via ${relay}` : ''}, with ${elements.join(', ') || 'no element'}`;
    say(
      'ambiguous',
      'terms',
      `the data ${permitted ? 'refuse' : 'release'} what the written terms ${permitted ? 'permit' : 'refuse'}, so it is refused: ${way}`,
    );
    return;
  }
}

function detailOf(error: BeaconfireError): string {
  return error.message.replace(/^.*?(?=expected )/, '').replace(/ \[BF_[A-Z]+\]$/, '');
}

type Say = (kind: Finding['kind'], field: string, text: string) => void;

function alone(a: Agreement, nowUs: number, say: Say): void {
  for (const { field, text } of a.assumptions) {
    say('assumed', field, text.trim());
    if (a.sources[field] !== undefined)
      say('ambiguous', field, 'has a source and an assumption: which of the two holds is not said');
  }
  for (const field of FACT_FIELDS) {
    if (a.assumptions.filter((s) => s.field === field).length > 1)
      say('ambiguous', field, 'has more than one assumption');
  }
  standing(a, nowUs, say);
  if (!releases(a)) return;
  if (a.route === 'hub' && a.parties.length === 2)
    say(
      'ambiguous',
      'route',
      `hub between two parties: ${a.hub} has nobody to pass on to, so it is the same as direct`,
    );
  if (a.route === 'hub' && a.parties.length < NATIONS.length && a.parties.length > 2)
    say('ambiguous', 'parties', 'a nation is left out');
  if (a.approval === 'standing' && a.handlingDelayS > 0)
    say(
      'ambiguous',
      'handlingDelayS',
      `approval is standing, yet an item waits ${a.handlingDelayS} s: what for is not said`,
    );
  if (a.approval !== 'standing' && a.handlingDelayS === 0)
    say(
      'ambiguous',
      'handlingDelayS',
      `approval is ${a.approval}, yet takes no time: an item would pass as if it were standing`,
    );
  if (a.approval !== 'standing' && a.onwardRelease === 'standingViaHub')
    say(
      'ambiguous',
      'onwardRelease',
      `the giver approves ${a.approval === 'perItem' ? 'each item' : 'when asked'}, yet the hub passes on without asking`,
    );
  if (a.level.ceiling !== 'unclassified' && a.level.equivalents.length === 0 && !a.level.protectedUnder)
    say(
      'ambiguous',
      'level.equivalents',
      `nothing says which national markings ${a.level.ceiling} is equal to`,
    );
  if (a.threats === 'any' && a.kinds === 'any' && a.elements === 'any')
    say('ambiguous', 'threats', 'no limit of threat, kind or element: everything up to the ceiling may pass');
  scope(a, say);
  coarse(a, say);
}

/** A floor of places, and what of the scope it leaves. */
function coarse(a: Agreement, say: Say): void {
  if (!a.reduce) return;
  const { positionFloorM } = a.reduce;
  const can = COARSENED_KINDS.join(', ');
  const cannot = a.kinds === 'any' ? [] : a.kinds.filter((k) => !COARSENED_KINDS.includes(k));
  if (a.kinds === 'any')
    say(
      'ambiguous',
      'reduce',
      `any kind, but places no finer than ${positionFloorM} m: only ${can} can be made coarse, the rest is always denied`,
    );
  for (const kind of cannot)
    say(
      'ambiguous',
      'reduce',
      `${kind} cannot be made as coarse as ${positionFloorM} m, so it is always denied`,
    );
  if (a.elements !== 'any' && !a.elements.includes('launchPoint') && !a.elements.includes('impactPoint'))
    say(
      'ambiguous',
      'reduce',
      'neither launchPoint nor impactPoint is released: there is no place to make coarse',
    );
  if (a.elements === 'any' || a.elements.includes('sensorIdentity'))
    say(
      'ambiguous',
      'reduce',
      'sensorIdentity is released: which sensor saw it says something of where it was',
    );
}

/** Kinds and elements that cancel each other. */
function scope(a: Agreement, say: Say): void {
  if (a.elements === 'any') return;
  const elements = a.elements;
  if (elements.length === ELEMENTS.length)
    say(
      'ambiguous',
      'elements',
      'all elements by name is not the same as any: an item that names none is denied',
    );
  if (a.kinds === 'any') {
    say(
      'ambiguous',
      'kinds',
      'any kind, but named elements only: warnings and messages name none and are always denied',
    );
    return;
  }
  for (const kind of a.kinds) {
    if (kind === 'message' || !elements.some((e) => CARRIED_BY[e].includes(kind)))
      say(
        'ambiguous',
        'kinds',
        `${kind} carries none of the elements ${elements.join(', ')}, so it is always denied`,
      );
  }
  for (const element of elements) {
    if (!a.kinds.some((k) => CARRIED_BY[element].includes(k)))
      say('ambiguous', 'elements', `${element} is carried by none of the kinds ${a.kinds.join(', ')}`);
  }
}

/** What the history says of now. */
function standing(a: Agreement, nowUs: number, say: Say): void {
  const state = agreementState(a, nowUs);
  if (!a.history.some((e) => e.event === 'inForce')) say('ambiguous', 'history', 'is never put in force');
  else if (!inForce(state))
    say('ambiguous', 'history', `is ${state} at the time of this check: nothing passes under it`);
  if (state === 'notice')
    say('ambiguous', 'history', 'a notice is running: it ends by itself on the day the notice names');
  a.history.forEach((e, i) => {
    if (['noticeGiven', 'suspended', 'resumed'].includes(e.event) && e.by === undefined)
      say('ambiguous', `history[${i}].by`, `whose act the event ${e.event} was is not said`);
    const twin = a.history.findIndex((o) => o.date === e.date && o.event !== e.event);
    if (twin > i && ![e.event, a.history[twin].event].some((k) => k === 'noted' || k === 'signed'))
      say(
        'ambiguous',
        `history[${i}]`,
        `${e.event} and ${a.history[twin].event} on one day without hours: the order of the lines decides`,
      );
  });
}

function together(
  read: readonly { file: string; agreement: Agreement }[],
  nowUs: number,
  findings: Finding[],
): void {
  const say = (file: string, field: string, text: string): void =>
    void findings.push({ file, field, kind: 'ambiguous', text });
  const many = read.length > 1;
  for (const { file, agreement } of read) {
    for (const id of agreement.level.protectedUnder ?? []) {
      const other = read.find((r) => r.agreement.id === id)?.agreement;
      if (many && !other) say(file, 'level.protectedUnder', `names ${id}, which is not among these files`);
      else if (other && !inForce(agreementState(other, nowUs)))
        say(
          file,
          'level.protectedUnder',
          `names ${id}, which is not in force: what passes would be protected by nothing`,
        );
    }
  }
  const open = read.filter((r) => releases(r.agreement));
  open.forEach(({ file, agreement: a }, i) => {
    for (const { agreement: b } of open.slice(i + 1)) {
      const both = a.parties.filter((n) => b.parties.includes(n));
      const way = a.route === b.route && a.hub === b.hub;
      if (both.length > 1 && way && a.handlingDelayS === b.handlingDelayS && overlap(a, b))
        say(
          file,
          'handlingDelayS',
          `as fast as ${b.id} on the same way for the same things: where both release as much, the order of names decides`,
        );
    }
  });
}

function overlap(a: Agreement, b: Agreement): boolean {
  const meet = (x: 'any' | readonly string[], y: 'any' | readonly string[]): boolean =>
    x === 'any' || y === 'any' || x.some((v) => y.includes(v));
  return meet(a.threats, b.threats) && meet(a.kinds, b.kinds) && meet(a.elements, b.elements);
}
