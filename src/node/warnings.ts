/** A node's warning office: what the picture says goes through the life cycle, what it issues is kept and told. */
import type { Mode, Nation } from '../model/nation.ts';
import { lastObservedUs, type SystemTrack } from '../picture/index.ts';
import { type FallPoint, fallPath } from '../tracking/index.ts';
import { exerciseConfig, type IssuedWarning, WarningDesk, type WarningInput } from '../warning/index.ts';

/** Spacing of the predicted ground track, s. */
const STEP_S = 5;

export class WarningOffice {
  readonly issued: IssuedWarning[] = [];
  readonly #desk: WarningDesk | undefined;
  readonly #onIssue: (issued: IssuedWarning) => void;

  /** The United States have no regions in the data: their node warns no public. A live office needs live authorities. */
  constructor(nation: Nation, mode: Mode, onIssue: (issued: IssuedWarning) => void) {
    this.#desk =
      nation === 'USA' || mode !== 'exercise' ? undefined : new WarningDesk(exerciseConfig(nation));
    this.#onIssue = onIssue;
  }

  step(tracks: readonly SystemTrack[], nowUs: number): void {
    if (!this.#desk) return;
    for (const track of tracks) this.#take(this.#desk.step(inputOf(track, nowUs)));
  }

  finish(nowUs: number): void {
    if (this.#desk) this.#take(this.#desk.finish(nowUs));
  }

  #take(issued: IssuedWarning[]): void {
    for (const one of issued) {
      this.issued.push(one);
      this.#onIssue(one);
    }
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
