/** A node's warning office: what the picture says goes through the life cycle, what it issues is kept and told. */
import {
  APPROVAL_LIMIT_US,
  type Approval,
  type Held,
  type PersonRecord,
  type Publisher,
} from '../channels/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Mode, Nation } from '../model/nation.ts';
import { lastObservedUs, type SystemTrack } from '../picture/index.ts';
import { type FallPoint, fallPath } from '../tracking/index.ts';
import {
  exerciseConfig,
  type IssuedWarning,
  WarningDesk,
  type WarningInput,
  type WarningStep,
} from '../warning/index.ts';
import { PersonRefused, type PersonSignature, Waiting } from './approvals.ts';
import type { AwaitingView, ConflictView, PersonAnswer, PersonRequest, UnconfirmedView } from './wire.ts';

/** Spacing of the predicted ground track, s. */
const STEP_S = 10;

/** A step of a launch's life cycle that is to be published, with what it takes to publish it again as it is. */
export interface ProposedStep {
  launchId: string;
  step: WarningStep;
  approvals: readonly Approval[][];
  sources: number;
}

/** What the node is told of. */
export interface WarningHooks {
  /** Before anything of a step leaves. Its outcome follows, unless the process is killed. */
  onProposed?(proposed: ProposedStep): void;
  /** Its messages have been handed to the channels, or (`why`) none of them was. */
  onOutcome?(launchId: string, why?: string): void;
  onIssue(issued: IssuedWarning): void;
  /** A message waits for people, has been written anew, was signed by one, or is not needed any more. */
  onWaiting?(what: 'waits' | 'changed' | 'signed' | 'lapsed', waiting: Waiting, person?: PersonRecord): void;
}

export class WarningOffice {
  readonly issued: IssuedWarning[] = [];
  #conflictSince = new Map<string, number>();
  readonly #desk: WarningDesk | undefined;
  readonly #hooks: WarningHooks;
  readonly #publisher: Publisher | undefined;
  /** By launch: what no rule covers, and waits for two people with the step of the life cycle that it belongs to. */
  readonly #waiting = new Map<string, { waiting: Waiting; step: WarningStep; late: boolean }>();
  /** While a journal is worked through again: steps that it has no outcome of. What is published is what it says was. */
  #again: Map<string, ProposedStep> | undefined;
  /** By launch: when the newest observation in its track was made. */
  readonly #seenUs = new Map<string, number>();

  /** The United States have no regions in the data: their node warns no public. A live office needs live authorities. */
  constructor(nation: Nation, mode: Mode, hooks: WarningHooks, publisher?: Publisher) {
    this.#desk =
      nation === 'USA' || mode !== 'exercise' ? undefined : new WarningDesk(exerciseConfig(nation));
    this.#hooks = hooks;
    this.#publisher = publisher;
  }

  step(tracks: readonly SystemTrack[], nowUs: number): void {
    if (!this.#desk) return;
    for (const track of tracks) {
      const input = inputOf(track, nowUs);
      this.#take(track.launchId, this.#desk.propose(input), nowUs);
      this.#seenUs.set(track.launchId, input.track.lastUpdateUs);
    }
    this.#stepGone(tracks, nowUs);
    for (const [, held] of this.#waiting) {
      if (held.late || nowUs - held.waiting.sinceUs < APPROVAL_LIMIT_US) continue;
      held.late = true;
      const { identifier } = held.waiting.issued[0].warning;
      this.#publisher?.alarm({
        kind: 'approvalLate',
        where: 'approval',
        identifier,
        detail: `not approved by two people in ${APPROVAL_LIMIT_US / 1e6} s`,
      });
    }
  }

  /** A track that is no more in the picture (all that it rested on was withdrawn, say) is lost, never passed. */
  #stepGone(tracks: readonly SystemTrack[], nowUs: number): void {
    if (this.#seenUs.size === tracks.length) return;
    const desk = this.#desk!;
    const shown = new Set(tracks.map((t) => t.launchId));
    for (const [launchId, lastUpdateUs] of this.#seenUs) {
      if (shown.has(launchId)) continue;
      const track = { state: 'lost', phase: 'coast', lastUpdateUs } as const;
      const input = { nowUs, launchId, launchDeclared: false, sources: [], track };
      this.#take(launchId, desk.propose(input), nowUs);
      if (!desk.stateOf(launchId).open && !this.#waiting.has(launchId)) this.#seenUs.delete(launchId);
    }
  }

  /** One person takes back the open alert of a launch as false (W3); BF_APPROVAL if nobody of the office signed. */
  retract(launchId: string, approvals: readonly Approval[], nowUs: number): void {
    if (!this.#desk) return;
    const step = this.#desk.proposeRetraction(launchId, nowUs);
    for (const one of step.issued) this.#publisher?.authorise(one, approvals, 0);
    this.#publish({ launchId, step, approvals: step.issued.map(() => [...approvals]), sources: 0 });
  }

  /**
   * Works a journal through again: until `settle`, nothing is published. Steps without messages are gone through as they
   * were; those with messages are taken from the journal, by `proposedAgain` and `outcomeAgain`.
   */
  again(): void {
    this.#again = new Map();
  }

  proposedAgain(proposed: ProposedStep): void {
    this.#again?.set(proposed.launchId, proposed);
  }

  /** The journal says that the messages of the launch's step went to the channels, or that they did not. */
  outcomeAgain(launchId: string, published: boolean): void {
    const proposed = this.#again?.get(launchId);
    this.#again?.delete(launchId);
    if (!proposed || !published) return;
    this.#waiting.delete(launchId);
    this.#commit(launchId, proposed.step);
  }

  /** A person's signature of an earlier life. What was refused then is refused again. */
  personAgain(request: PersonRequest, nowUs: number): void {
    if (request.action !== 'approve') return;
    try {
      this.#approve(request.launchId, request.signatures, nowUs);
    } catch (error) {
      if (!(error instanceof BeaconfireError)) throw error;
    }
  }

  /**
   * The journal is at its end. What it has no outcome of may have gone to some or to nobody: it goes now, as it was, so
   * that whoever has it knows it for the same. What two people had signed goes too.
   */
  settle(): void {
    const open = [...(this.#again?.values() ?? [])];
    this.#again = undefined;
    for (const { waiting, step, launchId } of [...this.#waiting].map(([id, w]) => ({ ...w, launchId: id })))
      if (waiting.people >= 2 && !open.some((o) => o.launchId === launchId))
        open.push({
          launchId,
          step,
          approvals: step.issued.map((_, i) => waiting.approvalsOf(i)),
          sources: 0,
        });
    for (const proposed of open) {
      try {
        this.#publish(proposed);
      } catch (error) {
        if (!(error instanceof BeaconfireError)) throw error;
        const { identifier } = proposed.step.issued[0].warning;
        this.#publisher?.alarm({ kind: 'refused', where: 'restart', identifier, detail: error.message });
      }
    }
  }

  /** The messages of a step go to the channels, and it counts. */
  #publish(proposed: ProposedStep): void {
    const { launchId, step, approvals, sources } = proposed;
    if (this.#publisher) {
      this.#hooks.onProposed?.(proposed);
      for (const [i, one] of step.issued.entries()) {
        try {
          this.#publisher.publish(one, approvals[i], sources);
        } catch (error) {
          if (i === 0 && error instanceof BeaconfireError) this.#hooks.onOutcome?.(launchId, error.message);
          throw error;
        }
      }
      this.#hooks.onOutcome?.(launchId);
    }
    this.#waiting.delete(launchId);
    this.#commit(launchId, step);
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
      if (this.#waiting.has(launchId)) continue;
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
    for (const [launchId, { waiting, step }] of this.#waiting)
      views.push({
        launchId,
        sources: step.state.independentSources,
        needed: corroboration,
        declared: true,
        areas: [...new Set(waiting.issued.flatMap((one) => one.warning.areas.map((a) => a.code)))],
        awaitingApproval: true,
      });
    return views;
  }

  /** Areas about which authorities disagree in public (W11), since when the office has known. */
  conflicts(nowUs: number): ConflictView[] {
    const now = new Map<string, number>();
    const views = (this.#publisher?.ear?.disagreements(nowUs) ?? []).map(({ area, danger, none }) => {
      const key = `${area} ${danger.authority} ${none.authority}`;
      const sinceUs = this.#conflictSince.get(key) ?? nowUs;
      now.set(key, sinceUs);
      return { area, sinceUs, danger: statement(danger), none: statement(none) };
    });
    this.#conflictSince = now;
    return views;
  }

  /** What waits for two people, as they see it. */
  awaiting(): AwaitingView[] {
    const publisher = this.#publisher;
    if (!publisher) return [];
    return [...this.#waiting.values()].map(({ waiting }) => waiting.view(publisher, APPROVAL_LIMIT_US));
  }

  /** The document of a message that waits: what a person reads and signs. */
  awaitingDocument(identifier: string): string | undefined {
    for (const { waiting } of this.#waiting.values())
      for (const { warning, cap } of waiting.issued) if (warning.identifier === identifier) return cap;
    return undefined;
  }

  /** A person's request; a PersonRefused says why it is not granted. */
  person(request: PersonRequest, nowUs: number): PersonAnswer {
    const { action } = request;
    if (action === 'approve') {
      const { person, missing } = this.#approve(request.launchId, request.signatures, nowUs);
      return { type: 'personAnswer', action, person: person.person, missing };
    }
    const { chain, credential, signature } = request;
    const open = this.openChain(chain);
    const publisher = this.#publisher;
    if (!open || !publisher) throw new PersonRefused('noOpenAlert', `expected an open alert, found ${chain}`);
    const approval = { credential, signature };
    const [person] = publisher.options.roster.signers(publisher.retractSubject(chain), [approval]);
    if (person === undefined)
      throw new PersonRefused('stranger', 'expected the signature of a person of this office, found none');
    this.retract(open.warning.launchId, [approval], nowUs);
    return { type: 'personAnswer', action, person, missing: 0 };
  }

  /** One person signs what waits of a launch (W2); the second different person's signature lets it out. */
  #approve(
    launchId: string,
    signatures: readonly PersonSignature[],
    nowUs: number,
  ): { person: PersonRecord; missing: number } {
    const held = this.#waiting.get(launchId);
    const publisher = this.#publisher;
    if (!held || !publisher)
      throw new PersonRefused('nothingWaits', `expected a message of ${launchId} that waits, found none`);
    const { waiting, step } = held;
    const person = waiting.sign(signatures, publisher, nowUs);
    this.#hooks.onWaiting?.('signed', waiting, person);
    if (waiting.people < 2) return { person, missing: 2 - waiting.people };
    const approvals = waiting.issued.map((_, i) => waiting.approvalsOf(i));
    if (!this.#again) this.#publish({ launchId, step, approvals, sources: 0 });
    return { person, missing: 0 };
  }

  finish(nowUs: number): void {
    for (const id of this.#desk?.launches ?? []) this.#take(id, this.#desk!.proposeEnd(id, nowUs), nowUs);
  }

  /** Nobody can sign any more: what waits was never sent. */
  close(): void {
    for (const { waiting } of this.#waiting.values()) this.#hooks.onWaiting?.('lapsed', waiting);
    this.#waiting.clear();
  }

  /** Publishes all messages of a step, or, where one of them lacks its people or the key is locked, lets all wait. */
  #take(launchId: string, step: WarningStep, nowUs: number): void {
    const before = this.#waiting.get(launchId);
    const { issued } = step;
    if (issued.length === 0) {
      if (before) {
        this.#waiting.delete(launchId);
        this.#hooks.onWaiting?.('lapsed', before.waiting);
      }
      this.#desk!.commit(launchId, step);
      return;
    }
    if (!this.#publisher) {
      this.#commit(launchId, step);
      return;
    }
    const sources = step.state.independentSources;
    try {
      for (const one of issued) this.#publisher.authorise(one, [], sources);
    } catch (error) {
      if (!(error instanceof BeaconfireError) || error.code !== 'BF_APPROVAL') throw error;
      this.#wait(launchId, step, nowUs, false);
      return;
    }
    if (this.#again) return;
    if (this.#publisher.options.signer.locked) this.#wait(launchId, step, nowUs, true);
    else this.#publish({ launchId, step, approvals: issued.map(() => []), sources });
  }

  #wait(launchId: string, step: WarningStep, nowUs: number, locked: boolean): void {
    const before = this.#waiting.get(launchId);
    const { rules } = this.#desk!.config;
    if (before && before.waiting.locked === locked && before.waiting.stands(step.issued, rules, nowUs))
      return;
    const waiting = new Waiting(launchId, step.issued, before?.waiting.sinceUs ?? nowUs, nowUs, locked);
    this.#waiting.set(launchId, { waiting, step, late: before?.late ?? false });
    this.#hooks.onWaiting?.(before ? 'changed' : 'waits', waiting);
  }

  #commit(launchId: string, step: WarningStep): void {
    for (const one of this.#desk!.commit(launchId, step)) {
      this.issued.push(one);
      this.#hooks.onIssue(one);
    }
  }
}

function statement({ authority, sentUs, type, words }: Held): ConflictView['danger'] {
  const headline = Object.fromEntries(Object.entries(words).map(([l, w]) => [l, w.headline]));
  return { authority, sentUs, cancelled: type === 'cancel', headline };
}

function inputOf(track: SystemTrack, nowUs: number): WarningInput {
  const { fused, status } = track;
  const over = status === 'lost' || status === 'impact';
  return {
    nowUs,
    launchId: track.launchId,
    launchDeclared: track.launchDeclaredUs !== undefined,
    sources: [...track.sources.values()],
    track: {
      state: over ? status : 'held',
      phase: fused.phase,
      lastUpdateUs: lastObservedUs(track),
      sinceUs: track.createdUs,
    },
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
