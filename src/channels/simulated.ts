/** Simulated channels of an exercise and of tests: delay, loss and outages on a virtual clock, reference receivers at the end. */
import type { Random } from '../earth/random.ts';
import type { Scheduler } from '../model/clock.ts';
import type { Mode } from '../model/nation.ts';
import type { IssuedWarning } from '../warning/index.ts';
import { type Channel, CONTENT, type Outcome, type PublicMessage, type Rendered } from './channel.ts';
import type { AlertKeyRing } from './jws.ts';
import { type Incoming, ReferenceReceiver } from './receiver.ts';
import { renderText, type TextKind } from './text.ts';

export type SimulatedKind = 'capFeed' | 'capPush' | TextKind;

export interface SimulatedChannelOptions {
  id: string;
  kind: SimulatedKind;
  mode: Mode;
  clock: Scheduler;
  random: Random;
  /** Names of the receivers at its end. */
  receivers: readonly string[];
  ring: AlertKeyRing;
  /** Mean one-way delay, s. */
  delayS: number;
  /** Chance that one copy is lost on the way there, 0 to 1. */
  loss?: number;
}

export class SimulatedChannel implements Channel {
  readonly id: string;
  readonly mode: Mode;
  readonly receivers: readonly string[];
  readonly ends = new Map<string, ReferenceReceiver>();
  /** While true nothing comes through. */
  down = false;
  readonly #options: SimulatedChannelOptions;
  readonly #taps: ((incoming: Incoming) => void)[] = [];

  constructor(options: SimulatedChannelOptions) {
    this.#options = options;
    this.id = options.id;
    this.mode = options.mode;
    this.receivers = options.receivers;
    for (const name of options.receivers)
      this.ends.set(name, new ReferenceReceiver(options.mode, options.ring));
  }

  render(issued: IssuedWarning): Rendered {
    const { kind } = this.#options;
    if (kind === 'capFeed' || kind === 'capPush') return { contentType: CONTENT.cap, text: issued.cap };
    return renderText(kind, issued);
  }

  /** Everything that comes out on the channel also goes to this listener: how the office hears its own output. */
  tap(listener: (incoming: Incoming) => void): void {
    this.#taps.push(listener);
  }

  send(message: PublicMessage, report: (outcome: Outcome) => void): void {
    const { clock, random, loss = 0 } = this.#options;
    let heard = false;
    for (const [receiver, end] of this.ends) {
      const lost = this.down || random.uniform() < loss;
      const delayUs = this.#delayUs();
      const backUs = this.#delayUs();
      if (lost) continue;
      clock.at(clock.nowUs() + delayUs, () => {
        if (!heard) for (const tap of this.#taps) tap(message);
        heard = true;
        const receipt = end.receive(message, clock.nowUs());
        const outcome: Outcome = receipt.accepted
          ? { receiver, accepted: true }
          : { receiver, accepted: false, reason: receipt.reason };
        clock.at(clock.nowUs() + backUs, () => report(outcome));
      });
    }
  }

  /** Puts a message on the channel that no publisher sent: what an intruder, or a technician's mistake, would do. */
  inject(incoming: Incoming): void {
    const { clock } = this.#options;
    clock.at(clock.nowUs() + this.#delayUs(), () => {
      for (const tap of this.#taps) tap(incoming);
      for (const end of this.ends.values()) end.receive(incoming, clock.nowUs());
    });
  }

  #delayUs(): number {
    const { random, delayS } = this.#options;
    return Math.round(delayS * (0.5 + random.uniform()) * 1e6);
  }
}
