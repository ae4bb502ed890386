/** A node's warning office: what the picture says goes through the life cycle, what it issues is kept and told. */
import type { Approval, Publisher } from '../channels/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Mode, Nation } from '../model/nation.ts';
import { lastObservedUs, type SystemTrack } from '../picture/index.ts';
import { type FallPoint, fallPath } from '../tracking/index.ts';
import { exerciseConfig, type IssuedWarning, WarningDesk, type WarningInput } from '../warning/index.ts';
import type { UnconfirmedView } from './wire.ts';

const WAITS: readonly string[] = ['BF_APPROVAL', 'BF_KEY_MODE'];

/** Spacing of the predicted ground track, s. */
const STEP_S = 10;

export class WarningOffice {
  readonly issued: IssuedWarning[] = [];
  readonly #desk: WarningDesk | undefined;
  readonly #onIssue: (issued: IssuedWarning) => void;
  readonly #publisher: Publisher | undefined;
  /** The last word of each chain that no rule covers: it waits for two people. */
  readonly #awaiting = new Map<string, IssuedWarning>();

  /** The United States have no regions in the data: their node warns no public. A live office needs live authorities. */
  constructor(nation: Nation, mode: Mode, onIssue: (issued: IssuedWarning) => void, publisher?: Publisher) {
    this.#desk =
      nation === 'USA' || mode !== 'exercise' ? undefined : new WarningDesk(exerciseConfig(nation));
    this.#onIssue = onIssue;
    this.#publisher = publisher;
  }

  step(tracks: readonly SystemTrack[], nowUs: number): void {
    if (!this.#desk) return;
    for (const track of tracks) this.#take(this.#desk.step(inputOf(track, nowUs)), track.launchId);
  }

  /** One person takes back the open alert of a launch as false (W3); BF_APPROVAL if nobody of the office signed. */
  retract(launchId: string, approvals: readonly Approval[], nowUs: number): void {
    if (!this.#desk) return;
    for (const one of this.#desk.retract(launchId, nowUs)) {
      this.#publisher?.publish(one, approvals, 0);
      this.#issue(one);
    }
  }

  /** The last word of a chain that is neither cancelled nor unknown. */
  openChain(chain: string): IssuedWarning | undefined {
    const last = this.issued.findLast(({ warning }) => warning.chain === chain);
    return last?.warning.messageType === 'cancel' ? undefined : last;
  }

  /** The last words of the open chains of launches. */
  openOf(launchIds: readonly string[]): string[] {
    const last = new Map(this.issued.map(({ warning }) => [warning.chain, warning]));
    return [...last.values()].flatMap((w) =>
      launchIds.includes(w.launchId) && w.messageType !== 'cancel' ? [w.identifier] : [],
    );
  }

  /** Threats that are seen and not warned of yet, with what is lacking. */
  unconfirmed(tracks: readonly SystemTrack[]): UnconfirmedView[] {
    const desk = this.#desk;
    if (!desk) return [];
    const { corroboration } = desk.config.rules;
    const views: UnconfirmedView[] = [];
    for (const { launchId, status, launchDeclaredUs } of tracks) {
      const state = desk.stateOf(launchId);
      const areas = state.threats.filter((t) => !t.neighbour).map((t) => t.code);
      // What was taken back, while the threat is still seen, takes more than before to be warned of again.
      const takenBack = state.status === 'closed' && state.retractedWith !== undefined && areas.length > 0;
      if (status === 'lost' || status === 'impact' || !(state.status === 'unconfirmed' || takenBack))
        continue;
      views.push({
        launchId,
        sources: state.independentSources,
        needed: Math.max(corroboration, (state.retractedWith ?? -1) + 1),
        declared: launchDeclaredUs !== undefined,
        areas,
        awaitingApproval: false,
      });
    }
    for (const { warning: w } of this.awaiting())
      views.push({
        launchId: w.launchId,
        sources: desk.stateOf(w.launchId).independentSources,
        needed: corroboration,
        declared: true,
        areas: w.areas.map((a) => a.code),
        awaitingApproval: true,
      });
    return views;
  }

  /** What waits for two people. */
  awaiting(): readonly IssuedWarning[] {
    return [...this.#awaiting.values()];
  }

  /** Two people have signed the waiting message of a chain (W2). */
  approve(chain: string, approvals: readonly Approval[]): void {
    const waiting = this.#awaiting.get(chain);
    if (!waiting) return;
    this.#publisher?.publish(waiting, approvals, 0);
    this.#awaiting.delete(chain);
    this.#issue(waiting);
  }

  finish(nowUs: number): void {
    if (this.#desk) this.#take(this.#desk.finish(nowUs));
  }

  #take(issued: IssuedWarning[], launchId?: string): void {
    const sources = launchId === undefined ? 0 : (this.#desk?.stateOf(launchId).independentSources ?? 0);
    for (const one of issued) {
      try {
        this.#publisher?.publish(one, [], sources);
      } catch (error) {
        // Without the people, or with the key locked: it waits, and is not said to be issued.
        if (!(error instanceof BeaconfireError) || !WAITS.includes(error.code)) throw error;
        this.#awaiting.set(one.warning.chain, one);
        continue;
      }
      this.#awaiting.delete(one.warning.chain);
      this.#issue(one);
    }
  }

  #issue(one: IssuedWarning): void {
    this.issued.push(one);
    this.#onIssue(one);
  }
}

function inputOf(track: SystemTrack, nowUs: number): WarningInput {
  const { fused, status } = track;
  const over = status === 'lost' || status === 'impact';
  return {
    nowUs,
    launchId: track.launchId,
    launchDeclared: track.launchDeclaredUs !== undefined,
    sources: [...track.sources.values()],
    track: { state: over ? status : 'held', phase: fused.phase, lastUpdateUs: lastObservedUs(track) },
    ...(track.impact ? { impact: track.impact } : {}),
    ...(over || fused.phase === 'notBallistic' ? {} : { groundTrack: predictedPath(track) }),
    ...(track.launch ? { launch: track.launch } : {}),
  };
}

const paths = new WeakMap<SystemTrack, { version: number; path: FallPoint[] }>();

/** The fall from the track's state, made anew only when the state has new information. */
export function predictedPath(track: SystemTrack): FallPoint[] {
  const { fused } = track;
  let kept = paths.get(track);
  if (!kept || kept.version !== fused.version) {
    kept = { version: fused.version, path: fallPath(fused.state, fused.covariance, fused.timeUs, STEP_S) };
    paths.set(track, kept);
  }
  return kept.path;
}
