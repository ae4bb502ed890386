/** From a statement to what is published: the Warning message, its texts and its CAP document. */
import { type CapAlert, type CapInfo, capReference, capStatus, writeCap } from '../formats/cap.ts';
import { EXERCISE_WORD } from '../formats/marking.ts';
import { BeaconfireError } from '../model/errors.ts';
import { LANGUAGES, type Mode, type Nation, type Trilingual } from '../model/nation.ts';
import type { CancelReason, Evidence, ThreatenedArea, Warning, WarningStage } from '../model/warning.ts';
import { coarseOutline } from './outline.ts';
import { REGIONS, type Region, regionByCode, regionsOf } from './regions.ts';
import { defaultRules, type WarningRules } from './rules.ts';
import { makeTexts, ZONE_MINUTES } from './texts.ts';
import { EXERCISE_AUTHORITY } from './wording.ts';

/** What does not change while a nation's node runs. */
export interface WarningConfig {
  nation: Nation;
  mode: Mode;
  rules: WarningRules;
  /** The nation's own regions: it warns nobody else's public. */
  regions: readonly Region[];
  /** Who says so, in public texts. */
  authority: Trilingual;
  /** CAP sender: no spaces or commas. */
  sender: string;
}

/** An exercise's configuration with the rules of the nation; a live one must name its authority and sender itself. */
export function exerciseConfig(nation: Nation, rules?: WarningRules): WarningConfig {
  return {
    nation,
    mode: 'exercise',
    rules: rules ?? defaultRules(nation === 'USA' ? 'JPN' : nation),
    regions: regionsOf(nation),
    authority: EXERCISE_AUTHORITY[nation],
    sender: `exercise-${nation.toLowerCase()}@beaconfire.example`,
  };
}

/** A message as it was published. */
export interface IssuedWarning {
  warning: Warning;
  /** First message of channels that hold little text. */
  short: Trilingual;
  /** CAP 1.2 document. */
  cap: string;
  /** The ready-made Cancel with the false-alarm text for the same areas (W3); only its times are set when sent. */
  retraction?: { warning: Warning; short: Trilingual; cap: string };
}

/** What a message states. */
export interface Statement {
  chain: string;
  revision: number;
  messageType: 'alert' | 'update' | 'cancel';
  stage: WarningStage;
  evidence: Evidence;
  cancelReason?: CancelReason;
  launchId: string;
  launchPlace: Trilingual;
  areas: readonly ThreatenedArea[];
  /** Codes of the areas that the words name, most urgent first. */
  named: readonly string[];
  /** The time that the words give: of impact or first passage. */
  atUs: number;
  sentUs: number;
  alertedUs: number;
  launchedUs?: number;
  lostUs?: number;
  /** The time is void: it was told that the fall cannot be foretold. */
  unforetold?: boolean;
  nextUpdateUs?: number;
  evidenceSources: readonly string[];
  independentSources: number;
  /** References of the chain's earlier messages. */
  references: readonly string[];
}

export function publish(s: Statement, config: WarningConfig): IssuedWarning {
  const issued = make(s, config, `${s.chain}-${s.revision}`);
  if (s.messageType === 'cancel') return issued;
  const { nextUpdateUs: _, lostUs: __, ...rest } = s;
  const cancel: Statement = {
    ...rest,
    messageType: 'cancel',
    revision: s.revision + 1,
    stage: 'cancelled',
    evidence: 'observed',
    cancelReason: 'false',
    references: [...s.references, referenceOf(issued.warning, config)],
  };
  return { ...issued, retraction: make(cancel, config, `${s.chain}-${cancel.revision}-false`) };
}

/** The ready-made retraction of a message, with the time of its sending. Nothing else of it is made anew. */
export function stampRetraction(issued: IssuedWarning, nowUs: number, config: WarningConfig): IssuedWarning {
  if (!issued.retraction)
    throw new BeaconfireError('BF_WARNING', 'expected a message that can be retracted, found a cancel');
  const { warning, short } = issued.retraction;
  const stamped = { ...warning, sentUs: nowUs, expiresUs: nowUs + config.rules.expiresS * 1e6 };
  return { warning: stamped, short, cap: capOf(stamped, short, config, config.mode) };
}

export function referenceOf(w: Warning, config: WarningConfig): string {
  return capReference(config.sender, w.identifier, w.sentUs, ZONE_MINUTES);
}

function make(s: Statement, config: WarningConfig, identifier: string): IssuedWarning {
  const texts = makeTexts({
    nation: config.nation,
    mode: config.mode,
    stage: s.stage,
    launchPlace: s.launchPlace,
    areas: s.named.map(nameOf),
    atUs: s.atUs,
    alertedUs: s.alertedUs,
    authority: config.authority,
    ...(s.cancelReason === undefined ? {} : { cancelReason: s.cancelReason }),
    ...(s.launchedUs === undefined ? {} : { launchedUs: s.launchedUs }),
    ...(s.lostUs === undefined ? {} : { lostUs: s.lostUs }),
    ...(s.unforetold ? { unforetold: true } : {}),
    ...(s.nextUpdateUs === undefined ? {} : { nextUpdateUs: s.nextUpdateUs }),
  });
  const warning: Warning = {
    chain: s.chain,
    revision: s.revision,
    nation: config.nation,
    mode: config.mode,
    messageType: s.messageType,
    stage: s.stage,
    evidence: s.evidence,
    ...(s.cancelReason === undefined ? {} : { cancelReason: s.cancelReason }),
    launchId: s.launchId,
    sentUs: s.sentUs,
    expiresUs: s.sentUs + config.rules.expiresS * 1e6,
    ...(s.nextUpdateUs === undefined ? {} : { nextUpdateUs: s.nextUpdateUs }),
    areas: [...s.areas].sort((a, b) => (a.code < b.code ? -1 : 1)),
    launchPlace: s.launchPlace,
    headline: texts.headline,
    description: texts.description,
    instruction: texts.instruction,
    evidenceSources: [...s.evidenceSources].sort(),
    independentSources: s.independentSources,
    identifier,
    references: [...s.references],
  };
  return { warning, short: texts.short, cap: capOf(warning, texts.short, config, config.mode) };
}

function nameOf(code: string): Trilingual {
  const region = regionByCode(code);
  if (!region)
    throw new BeaconfireError('BF_WARNING', `expected a region of the data, found ${code}`, {
      field: 'areas',
    });
  return region.name;
}

const EVENT: Trilingual = { en: 'Ballistic missile warning', ko: '탄도미사일 경보', ja: '弾道ミサイル警報' };

/** The CAP document of a warning for a channel of the given mode; BF_WARNING where they contradict each other (W14). */
export function capOf(w: Warning, short: Trilingual, config: WarningConfig, channel: Mode): string {
  if (w.mode !== config.mode || w.nation !== config.nation) {
    const found = `${w.nation} ${w.mode}`;
    throw new BeaconfireError(
      'BF_WARNING',
      `expected a warning of ${config.nation} ${config.mode}, found ${found}`,
      { field: 'mode' },
    );
  }
  const status = capStatus(w.mode);
  const alert: CapAlert = {
    identifier: w.identifier,
    sender: config.sender,
    sentUs: w.sentUs,
    status,
    msgType: w.messageType === 'alert' ? 'Alert' : w.messageType === 'update' ? 'Update' : 'Cancel',
    source: `beaconfire ${config.nation}`,
    codes: [`beaconfire:${w.mode}`],
    note: w.mode === 'exercise' ? LANGUAGES.map((l) => EXERCISE_WORD[l]).join(' / ') : EVENT.en,
    references: w.references,
    incidents: [cleanId(w.launchId)],
    zoneMinutes: ZONE_MINUTES,
    infos: LANGUAGES.map((language): CapInfo => {
      const word = w.mode === 'exercise' ? `${EXERCISE_WORD[language]}: ` : '';
      return {
        language,
        category: ['Security', 'Safety'],
        event: word + EVENT[language],
        ...threatCodes(w),
        eventCodes: [
          ['beaconfire:stage', w.stage],
          ['SAME', w.mode === 'exercise' ? 'DMO' : 'CDW'],
        ],
        effectiveUs: w.sentUs,
        expiresUs: w.expiresUs,
        senderName: config.authority[language],
        headline: w.headline[language],
        description: w.description[language],
        instruction: w.instruction[language],
        parameters: [
          ['beaconfire:evidence', w.evidence],
          // How many, never which: the public document names no sensor.
          ['beaconfire:independentSources', String(w.independentSources)],
          ['beaconfire:chain', w.chain],
          ...(w.cancelReason === undefined ? [] : [['beaconfire:cancelReason', w.cancelReason] as const]),
          ['beaconfire:shortText', short[language]],
          ...w.areas.map((a) => [`beaconfire:probability:${a.code}`, a.probability.toFixed(3)] as const),
        ],
        areas: w.areas.map((a) => {
          const region = REGIONS.find((r) => r.code === a.code)!;
          return {
            areaDesc: nameOf(a.code)[language],
            polygons: coarseOutline(region),
            geocodes: [['ISO 3166-2', a.code]],
          };
        }),
      };
    }),
  };
  return writeCap(alert, channel);
}

/** Response, urgency, severity, certainty and onset of a warning (CAP 1.2, 3.2.2). */
function threatCodes(
  w: Warning,
): Pick<CapInfo, 'responseType' | 'urgency' | 'severity' | 'certainty' | 'onsetUs'> {
  const likely = Math.max(...w.areas.map((a) => a.probability)) >= 0.5;
  switch (w.stage) {
    case 'launch':
    case 'impactExpected':
    case 'passing':
    case 'fallUnknown': {
      const onsetUs = Math.min(...w.areas.map((a) => a.atUs));
      // That the fall cannot be foretold any more makes it no less grave and no less urgent than it was.
      const unknown = w.stage === 'fallUnknown';
      const impact = unknown
        ? w.areas.some((a) => !a.neighbour && a.threat === 'impact')
        : w.stage === 'impactExpected';
      const severity = impact ? 'Extreme' : 'Severe';
      const urgency = onsetUs - w.sentUs < 600e6 ? 'Immediate' : 'Expected';
      return {
        responseType: unknown ? ['Shelter', 'Monitor'] : ['Shelter'],
        urgency,
        severity,
        certainty: likely && !unknown ? 'Likely' : 'Possible',
        ...(unknown ? {} : { onsetUs }),
      };
    }
    case 'trackLost':
      return {
        responseType: ['Shelter', 'Monitor'],
        urgency: 'Immediate',
        severity: 'Severe',
        certainty: 'Possible',
      };
    case 'impacted':
      return {
        responseType: ['Shelter', 'Avoid'],
        urgency: 'Immediate',
        severity: 'Extreme',
        certainty: 'Observed',
      };
    case 'passed':
      return { responseType: ['Avoid'], urgency: 'Past', severity: 'Minor', certainty: 'Observed' };
    default: {
      const certainty =
        w.cancelReason === 'passed' ? 'Observed' : w.cancelReason === 'superseded' ? 'Unknown' : 'Unlikely';
      return { responseType: ['AllClear'], urgency: 'Past', severity: 'Minor', certainty };
    }
  }
}

/** A launch's name as CAP identifiers may hold it. */
export function cleanId(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '_');
}
