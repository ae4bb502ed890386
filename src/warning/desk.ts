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
    return this.#take(input.launchId, stepWarning(this.stateOf(input.launchId), input, this.config));
  }

  /** A person withdraws the open alert of a launch as false. */
  retract(launchId: string, nowUs: number): IssuedWarning[] {
    return this.#take(launchId, retractWarning(this.stateOf(launchId), nowUs, this.config));
  }

  /** The end of a run: closes every open chain. */
  finish(nowUs: number): IssuedWarning[] {
    return [...this.#states.keys()].flatMap((id) =>
      this.#take(id, finishWarning(this.stateOf(id), nowUs, this.config)),
    );
  }

  stateOf(launchId: string): WarningState {
    return this.#states.get(launchId) ?? initialWarningState(launchId);
  }

  /** Everything published so far. */
  get issued(): readonly IssuedWarning[] {
    return this.#issued;
  }

  #take(launchId: string, step: WarningStep): IssuedWarning[] {
    this.#states.set(launchId, step.state);
    this.#issued.push(...step.issued);
    return step.issued;
  }
}
