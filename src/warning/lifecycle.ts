/**
 * The life cycle of a nation's public warning of one launch: a pure state machine. Each step takes what the picture
 * says now and returns the new state and the messages to publish.
 *
 *   quiet -> alert (launch | passing | impactExpected) -> updates -> passed | impacted | fallUnknown | trackLost -> cancel
 *
 * Areas only grow; they shrink by a Cancel (reason narrowed) and a new alert for what remains (W6). A lost track
 * never yields passed or impacted (W7), and neither does a target that is not ballistic: the times that were told of it are void. One source never yields an alert (W15, W17). Every chain ends in a Cancel
 * with exactly one reason (W8, W9).
 */
import { BeaconfireError } from '../model/errors.ts';
import type { PointEstimate } from '../model/track.ts';
import type { CancelReason, Evidence, WarningStage } from '../model/warning.ts';
import { independentSources } from './corroboration.ts';
import { launchPlaceName } from './places.ts';
import {
  cleanId,
  type IssuedWarning,
  publish,
  referenceOf,
  stampRetraction,
  type WarningConfig,
} from './publication.ts';
import { neighboursOf } from './regions.ts';
import { type AreaState, type Chain, copyChain, type WarningInput, type WarningState } from './state.ts';
import { assess, type Threat } from './threat.ts';

export interface WarningStep {
  state: WarningState;
  issued: IssuedWarning[];
}

export function stepWarning(before: WarningState, input: WarningInput, config: WarningConfig): WarningStep {
  const s = new Step(before, input, config);
  s.run();
  return { state: s.state, issued: s.issued };
}

/**
 * One person's withdrawal of an open alert as a false alarm (W3): the ready-made Cancel, at once. The launch is
 * alerted again only when more independent sources stand behind it than did then.
 */
export function retractWarning(before: WarningState, nowUs: number, config: WarningConfig): WarningStep {
  if (!before.open) return { state: before, issued: [] };
  const { open, ...rest } = before;
  return {
    state: { ...rest, status: 'closed', retractedWith: before.independentSources },
    issued: [stampRetraction(open.last, nowUs, config)],
  };
}

/** Closes what is open at the end of a run, so that no chain stays open (W8). */
export function finishWarning(before: WarningState, nowUs: number, config: WarningConfig): WarningStep {
  if (!before.open) return { state: before, issued: [] };
  const s = new Step(before, undefined, config, nowUs);
  const safe = before.open.stage === 'passed' || before.open.stage === 'impacted';
  s.cancel('ended', safe ? 'observed' : 'lost', safe ? 'passed' : 'superseded');
  return { state: s.state, issued: s.issued };
}

/** New times alone are not told more often than this, µs. */
const SHIFT_GAP_US = 15e6;
/** Seen this shortly before its predicted impact a track is held down to it, as the picture judges it, µs. */
const HELD_TO_IMPACT_US = 120e6;

const UNDER_THREAT: readonly WarningStage[] = ['launch', 'passing', 'impactExpected'];

class Step {
  readonly state: WarningState;
  readonly issued: IssuedWarning[] = [];
  readonly #config: WarningConfig;
  readonly #input: WarningInput | undefined;
  readonly #now: number;

  constructor(before: WarningState, input: WarningInput | undefined, config: WarningConfig, nowUs?: number) {
    this.state = { ...before, ...(before.open ? { open: copyChain(before.open) } : {}) };
    if (before.open && before.open.last.warning.mode !== config.mode) {
      const found = before.open.last.warning.mode;
      throw new BeaconfireError(
        'BF_WARNING',
        `expected the state of a ${config.mode} warning, found ${found}`,
        { field: 'mode' },
      );
    }
    this.#config = config;
    this.#input = input;
    this.#now = nowUs ?? input!.nowUs;
  }

  run(): void {
    const input = this.#input!;
    const { rules } = this.#config;
    const held = input.track.state === 'held' && !this.#unseen();
    const { threats, probabilities } = held
      ? assess(input, this.#config, toldOf(this.state.open))
      : { threats: [], probabilities: new Map<string, number>() };
    this.state.threats = threats;
    this.state.independentSources = independentSources(input.sources, this.#now, rules.corroborationWindowS);
    const chain = this.state.open;
    if (!chain) {
      // What has not been seen for a while is no ground for a first alert.
      const fresh = this.#now - input.track.lastUpdateUs < rules.lostAfterS * 1e6;
      if (held && fresh) this.#consider(threats);
      return;
    }
    if (held && this.#unforetold()) {
      // Its areas stay as they are: nothing is known that would narrow them.
      if (UNDER_THREAT.includes(chain.stage) || chain.stage === 'trackLost')
        this.#enter(chain, 'fallUnknown');
    } else if (held) {
      if (this.#narrow(chain, threats, probabilities)) return;
      this.#follow(chain, threats);
    }
    this.#conclude(chain);
  }

  /**
   * A track that is kept on its arc, but that nobody has seen for long: that is no news of it (W7). Shortly before its
   * impact every track sinks below the horizon; that stays an impact expected.
   */
  #unseen(): boolean {
    const { track, impact } = this.#input!;
    if (impact && impact.atUs - track.lastUpdateUs <= HELD_TO_IMPACT_US) return false;
    return this.#now - track.lastUpdateUs >= this.#config.rules.unseenAfterS * 1e6;
  }

  /** Not ballistic: nobody can tell where and when it will come down. */
  #unforetold(): boolean {
    return this.#input!.track.phase === 'notBallistic';
  }

  /** Opens a chain if there is cause: declared, corroborated, threatened, and not yet over. */
  #consider(threats: readonly Threat[]): void {
    const { rules } = this.#config;
    const inTime = threats.filter((t) => t.atUs - this.#now >= rules.minimumLeadS * 1e6);
    if (!inTime.some((t) => !t.neighbour)) {
      if (this.state.status === 'unconfirmed') this.state.status = 'quiet';
      return;
    }
    const { sinceUs } = this.#input!.track;
    const settled = sinceUs === undefined || this.#now - sinceUs >= rules.settleS * 1e6;
    const needed = Math.max(rules.corroboration, (this.state.retractedWith ?? -1) + 1);
    if (!settled || !this.#input!.launchDeclared || this.state.independentSources < needed) {
      if (this.state.status !== 'closed') this.state.status = 'unconfirmed';
      return;
    }
    this.#open(inTime);
  }

  #open(threats: readonly Threat[]): void {
    const { nation, mode } = this.#config;
    const input = this.#input!;
    const number = this.state.chains + 1;
    const stage = this.#threatStage(threats);
    const chain: Chain = {
      name: `BF-${mode === 'exercise' ? 'EX' : 'LIVE'}-${nation}-${cleanId(input.launchId)}-${number}`,
      revision: 0,
      stage,
      evidence: evidenceOf(stage),
      areas: threats.map((t) => ({ ...t })),
      toldUs: {},
      alertedUs: this.#now,
      lastSentUs: this.#now,
      stageSinceUs: this.#now,
      launchPlace: input.launchPlace ?? launchPlaceName(input.launch),
      ...(input.launch ? { launchedUs: input.launch.atUs } : {}),
      references: [],
      last: undefined as unknown as IssuedWarning,
    };
    this.state.chains = number;
    this.state.open = chain;
    this.state.status = 'active';
    this.#send(chain, 'alert');
  }

  #threatStage(areas: readonly Threat[]): WarningStage {
    if (this.#input!.track.phase === 'boost') return 'launch';
    return areas.some((a) => !a.neighbour && a.threat === 'impact') ? 'impactExpected' : 'passing';
  }

  /** A held track: areas grow, times are renewed, the stage follows. */
  #follow(chain: Chain, threats: readonly Threat[]): void {
    const { rules } = this.#config;
    if (chain.stage === 'impacted') return;
    if (chain.stage === 'passed' && !threats.some((t) => !t.neighbour && t.atUs > this.#now)) return;
    let grown = false;
    for (const t of threats) {
      const area = chain.areas.find((a) => a.code === t.code);
      if (!area) {
        if (t.atUs - this.#now < rules.minimumLeadS * 1e6) continue;
        chain.areas.push({ ...t });
        grown = true;
      } else if (area.neighbour || !t.neighbour) {
        // A region that was in danger itself stays so; one that was a neighbour may become so.
        grown ||= area.neighbour && !t.neighbour;
        // Once over a region, the prediction only knows the rest of the way; when it was entered stays.
        const entered = area.entered || (t.threat === 'passage' && t.atUs <= this.#now);
        Object.assign(area, t, entered ? { entered, atUs: Math.min(area.atUs, t.atUs) } : {});
      }
    }
    // The stage follows what threatens now, not what once did.
    const direct = threats.filter((t) => !t.neighbour && t.untilUs > this.#now);
    const current = direct.length > 0 ? this.#threatStage(direct) : chain.stage;
    // Once in the coast, a stage of passage or impact does not go back to the mere launch.
    const stage = current === 'launch' && chain.stage !== 'trackLost' ? chain.stage : current;
    const shifted =
      stage !== 'launch' &&
      chain.areas.some(
        (a) =>
          !a.neighbour &&
          a.atUs > this.#now &&
          Math.abs(a.atUs - (chain.toldUs[a.code] ?? a.atUs)) >= rules.timeShiftS * 1e6,
      );
    // A graver stage is told at once; a calmer one not before the graver has stood for a while.
    const calmer = chain.stage === 'impactExpected' && stage === 'passing';
    const hold = calmer && this.#now - chain.lastSentUs < SHIFT_GAP_US;
    if (stage !== chain.stage && !hold) this.#enter(chain, stage);
    else if (grown || (shifted && this.#now - chain.lastSentUs >= SHIFT_GAP_US)) this.#send(chain, 'update');
  }

  /**
   * Regions no longer in danger, for long enough: the chain is cancelled, and what remains is alerted anew. A region
   * that the missile has passed is not dropped; in boost nothing is, for the fall point still runs ahead.
   */
  #narrow(chain: Chain, threats: readonly Threat[], probabilities: ReadonlyMap<string, number>): boolean {
    const { rules } = this.#config;
    const { track, impact, groundTrack } = this.#input!;
    if (!UNDER_THREAT.includes(chain.stage) || track.phase === 'boost' || !(impact ?? groundTrack))
      return false;
    for (const a of chain.areas) {
      if (a.neighbour) continue;
      if ((probabilities.get(a.code) ?? 0) >= rules.clearProbability) delete a.belowSinceUs;
      // A region that the missile has reached is out of the prediction because it is passed, not because it is safe.
      else if (a.threat === 'impact' || a.atUs > this.#now) a.belowSinceUs ??= this.#now;
    }
    const cleared = chain.areas.filter(
      (a) => a.belowSinceUs !== undefined && this.#now - a.belowSinceUs >= rules.clearDwellS * 1e6,
    );
    if (cleared.length === 0) return false;
    const direct = chain.areas.filter((a) => !a.neighbour && !cleared.includes(a));
    const remaining = chain.areas.filter(
      (a) => direct.includes(a) || direct.some((d) => neighboursOf(d.code).has(a.code)),
    );
    if (direct.length > 0) {
      const soonest = Math.min(...direct.map((a) => a.atUs));
      // With the danger near, two messages at once would only confuse.
      if (remaining.length === chain.areas.length || soonest - this.#now < rules.narrowLeadS * 1e6)
        return false;
    }
    this.cancel('cancelled', 'predicted', 'narrowed');
    const still = threats.filter((t) => t.atUs - this.#now >= rules.minimumLeadS * 1e6);
    if (still.some((t) => !t.neighbour)) this.#open(still);
    return true;
  }

  /** Passage, impact, loss and the end. */
  #conclude(chain: Chain): void {
    if (this.state.open !== chain) return;
    const { rules } = this.#config;
    const { track, impact } = this.#input!;
    const since = (us: number) => (this.#now - us) / 1e6;
    // A region that has long been out of danger, though its alert stands, keeps nobody waiting.
    const cleared = (since?: number) => since !== undefined && this.#now - since >= rules.clearDwellS * 1e6;
    const own = chain.areas.filter((a) => !a.neighbour);
    const direct = own.some((a) => !cleared(a.belowSinceUs))
      ? own.filter((a) => !cleared(a.belowSinceUs))
      : own;
    const lastDanger = Math.max(...direct.map((a) => a.untilUs));
    if (chain.stage === 'passed' || chain.stage === 'impacted') {
      const hold = chain.stage === 'passed' ? rules.closeAfterPassedS : rules.closeAfterImpactS;
      if (since(chain.stageSinceUs) >= hold) this.cancel('ended', 'observed', 'passed');
      else this.#keepPromise(chain);
      return;
    }
    // A track that is kept, but was last seen before the danger was over: what became of it nobody saw.
    const overdue =
      track.lastUpdateUs < lastDanger + rules.passedMarginS * 1e6 &&
      (this.#unseen() ||
        (since(lastDanger) >= rules.passedMarginS && since(track.lastUpdateUs) >= rules.lostAfterS));
    // Of what is not ballistic the end of the danger is not known, and no impact can be told by its time.
    const unforetold = this.#unforetold();
    const gone =
      track.state === 'held'
        ? unforetold
          ? this.#unseen()
          : overdue
        : unforetold || track.state !== 'impact';
    if (gone) {
      if (chain.stage !== 'trackLost') {
        if (since(track.lastUpdateUs) < rules.lostAfterS) return;
        chain.lostUs = track.lastUpdateUs;
        this.#enter(chain, 'trackLost');
      } else if (since(Math.max(lastDanger, chain.stageSinceUs)) >= rules.closeAfterLostS)
        this.cancel('ended', 'lost', 'superseded');
      else this.#keepPromise(chain);
      return;
    }
    if (unforetold) {
      this.#keepPromise(chain);
      return;
    }
    const pending = direct.some(
      (a) => a.belowSinceUs === undefined && (a.threat === 'impact' || a.untilUs > this.#now),
    );
    if (track.state === 'impact') {
      if (impact && this.#now < impact.atUs) this.#keepPromise(chain);
      else if (impact && this.#hitOwn(impact, chain)) this.#enter(chain, 'impacted');
      else if (!pending && track.lastUpdateUs > lastDanger) this.#enter(chain, 'passed');
      else this.cancel('ended', 'observed', 'passed');
      return;
    }
    // Observed, not predicted: the held track itself was updated after the end of the danger.
    const seen = track.lastUpdateUs >= lastDanger + rules.passedMarginS * 1e6;
    if (!pending && seen) this.#enter(chain, 'passed');
    else this.#keepPromise(chain);
  }

  #hitOwn(impact: PointEstimate, chain: Chain): boolean {
    const { threats } = assess({ impact, track: { phase: 'reentry' } }, this.#config, toldOf(chain));
    const hit = threats.filter((t) => !t.neighbour && chain.areas.some((a) => a.code === t.code));
    if (hit.length === 0) return false;
    for (const a of chain.areas) {
      const t = hit.find((h) => h.code === a.code);
      if (t) Object.assign(a, t);
      else if (a.threat === 'impact') a.belowSinceUs ??= this.#now;
    }
    return true;
  }

  #keepPromise(chain: Chain): void {
    if (this.#now - chain.lastSentUs >= this.#intervalUs(chain.stage)) this.#send(chain, 'update');
  }

  /** What has happened is told once; the next message is the closing one. */
  #intervalUs(stage: WarningStage): number {
    const { updateIntervalS, closeAfterPassedS, closeAfterImpactS } = this.#config.rules;
    return (
      1e6 *
      (stage === 'passed' ? closeAfterPassedS : stage === 'impacted' ? closeAfterImpactS : updateIntervalS)
    );
  }

  /** The regions that the words of a message are about, most urgent first: those in danger still, or those hit. */
  #named(chain: Chain): AreaState[] {
    const direct = chain.areas.filter((a) => !a.neighbour);
    const live = direct.filter((a) => a.belowSinceUs === undefined);
    const impacts =
      chain.stage === 'impactExpected' || chain.stage === 'impacted'
        ? live.filter((a) => a.threat === 'impact')
        : [];
    const ahead = live.filter((a) => a.untilUs > this.#now);
    const passing = chain.stage === 'passed' || ahead.length === 0 ? live : ahead;
    const first = [impacts, passing, direct].find((list) => list.length > 0) ?? chain.areas;
    return [...first].sort((a, b) => a.atUs - b.atUs);
  }

  #enter(chain: Chain, stage: WarningStage): void {
    chain.stage = stage;
    if (stage === 'fallUnknown') chain.unforetold = true;
    else if (stage !== 'trackLost') delete chain.unforetold;
    chain.evidence = evidenceOf(stage);
    chain.stageSinceUs = this.#now;
    if (stage !== 'trackLost') delete chain.lostUs;
    this.#send(chain, 'update');
  }

  cancel(stage: 'ended' | 'cancelled', evidence: Evidence, reason: CancelReason): void {
    const chain = this.state.open!;
    chain.stage = stage;
    chain.evidence = evidence;
    this.#send(chain, 'cancel', reason);
    delete this.state.open;
    this.state.status = 'closed';
  }

  /** What has reported within the window of corroboration, each source over each path once. */
  #evidenceSources(chain: Chain): string[] {
    if (!this.#input) return chain.last.warning.evidenceSources;
    const sinceUs = this.#now - this.#config.rules.corroborationWindowS * 1e6;
    const live = this.#input.sources.filter((r) => r.lastUs >= sinceUs);
    return [...new Set(live.map((r) => `${r.source} over ${r.path}`))];
  }

  #send(chain: Chain, messageType: 'alert' | 'update' | 'cancel', cancelReason?: CancelReason): void {
    chain.revision++;
    const named = this.#named(chain);
    const others = chain.areas.map((a) => a.code).filter((code) => !named.some((a) => a.code === code));
    const issued = publish(
      {
        chain: chain.name,
        revision: chain.revision,
        messageType,
        stage: chain.stage,
        evidence: chain.evidence,
        ...(cancelReason === undefined ? {} : { cancelReason }),
        launchId: this.state.launchId,
        launchPlace: chain.launchPlace,
        areas: chain.areas.map(({ code, threat, probability, atUs, neighbour }) => ({
          code,
          threat,
          probability,
          atUs,
          neighbour,
        })),
        atUs: named[0].atUs,
        named: [...named.map((a) => a.code), ...(chain.stage === 'impacted' ? [] : others)],
        sentUs: this.#now,
        alertedUs: chain.alertedUs,
        ...(chain.launchedUs === undefined ? {} : { launchedUs: chain.launchedUs }),
        ...(chain.lostUs === undefined ? {} : { lostUs: chain.lostUs }),
        ...(chain.unforetold ? { unforetold: true } : {}),
        ...(messageType === 'cancel' ? {} : { nextUpdateUs: this.#now + this.#intervalUs(chain.stage) }),
        evidenceSources: this.#evidenceSources(chain),
        independentSources: this.state.independentSources,
        references: chain.references,
      },
      this.#config,
    );
    chain.lastSentUs = this.#now;
    chain.toldUs = Object.fromEntries(chain.areas.map((a) => [a.code, a.atUs]));
    chain.references = [...chain.references, referenceOf(issued.warning, this.#config)];
    chain.last = issued;
    this.issued.push(issued);
  }
}

/** Regions already told to expect an impact. */
function toldOf(chain: Chain | undefined): ReadonlySet<string> {
  return new Set(chain?.areas.filter((a) => a.threat === 'impact').map((a) => a.code));
}

function evidenceOf(stage: WarningStage): Evidence {
  if (stage === 'trackLost') return 'lost';
  return stage === 'passing' || stage === 'impactExpected' ? 'predicted' : 'observed';
}
