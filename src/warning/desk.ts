/** A nation's warning desk: the life cycles of all launches, as a node drives them. */

import { finishWarning, retractWarning, stepWarning, type WarningStep } from './lifecycle.ts';
import type { IssuedWarning, WarningConfig } from './publication.ts';
import { initialWarningState, type WarningInput, type WarningState } from './state.ts';

export class WarningDesk {
  readonly config: WarningConfig;
  readonly #states = new Map<string, WarningState>();
  readonly #issued: IssuedWarning[] = [];

  constructor(config: WarningConfig) {
    this.config = config;
  }

  /** One launch at one moment: the messages to publish now, in order; usually none. */
  step(input: WarningInput): IssuedWarning[] {
    return this.commit(input.launchId, this.propose(input));
  }

  /** A person withdraws the open alert of a launch as false. */
  retract(launchId: string, nowUs: number): IssuedWarning[] {
    return this.commit(launchId, this.proposeRetraction(launchId, nowUs));
  }

  /** The end of a run: closes every open chain. */
  finish(nowUs: number): IssuedWarning[] {
    return [...this.#states.keys()].flatMap((id) => this.commit(id, this.proposeEnd(id, nowUs)));
  }

  /**
   * What a step would publish. Nothing counts as said before `commit`: a message that people do not let out leaves no
   * trace in the life cycle, and no later message refers to it.
   */
  propose(input: WarningInput): WarningStep {
    return stepWarning(this.stateOf(input.launchId), input, this.config);
  }

  proposeRetraction(launchId: string, nowUs: number): WarningStep {
    return retractWarning(this.stateOf(launchId), nowUs, this.config);
  }

  proposeEnd(launchId: string, nowUs: number): WarningStep {
    return finishWarning(this.stateOf(launchId), nowUs, this.config);
  }

  /** The messages of a step have been published: its state is now the launch's. */
  commit(launchId: string, step: WarningStep): IssuedWarning[] {
    this.#states.set(launchId, step.state);
    this.#issued.push(...step.issued);
    return step.issued;
  }

  /** Launches that the desk has been told of. */
  get launches(): readonly string[] {
    return [...this.#states.keys()];
  }

  stateOf(launchId: string): WarningState {
    return this.#states.get(launchId) ?? initialWarningState(launchId);
  }

  /** Everything published so far. */
  get issued(): readonly IssuedWarning[] {
    return this.#issued;
  }
}
