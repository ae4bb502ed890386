/**
 * An exercise that people watch: a run that is paced against their clock, paused, sped up and begun again.
 * The wall clock comes in through `advance`; nothing here asks the machine for the time.
 */
import { isoToUs } from '../earth/time.ts';
import { NATIONS, type Nation } from '../model/nation.ts';
import type { Feed } from '../node/server.ts';
import { type ClientMessage, type ExerciseHello, type ExerciseState, PROTOCOL } from '../node/wire.ts';
import { ExerciseRun, type RunOptions } from './run.ts';
import { agreementsAtStart, siteView } from './views.ts';

/** The cause of what the controllers of an exercise do to an agreement. */
const BY_CONTROL = { en: 'exercise control', ko: '훈련 통제', ja: '訓練統制' };

/** At full speed so much of the exercise is done at once, s: pages must be answered in between. */
const HASTE_S = 20;

export class ExerciseSession {
  readonly #options: RunOptions;
  #run: ExerciseRun;
  #number = 1;
  #speed: number;
  #paused = false;

  /** `speed` is exercise seconds per second; Infinity runs as fast as the machine can. */
  constructor(options: RunOptions, speed: number) {
    this.#options = options;
    this.#speed = speed;
    this.#run = new ExerciseRun(options);
  }

  get run(): ExerciseRun {
    return this.#run;
  }

  /** Lets the given time of the wall clock pass, s. A stall of the machine is not made up for in one leap. */
  advance(elapsedS: number): void {
    if (this.#paused || this.#run.ended) return;
    const stepS = this.#speed === Infinity ? HASTE_S : Math.min(elapsedS, 0.5) * this.#speed;
    this.#run.advanceTo(this.#run.nowUs + Math.round(stepS * 1e6));
  }

  control(message: Extract<ClientMessage, { type: 'control' }>): void {
    if (message.action === 'pause') this.#paused = true;
    else if (message.action === 'resume') this.#paused = false;
    else if (message.action === 'speed') this.#speed = message.speed;
    else if (message.action === 'retract') this.#run.retract(message.nation, message.chain);
    else if (message.action === 'localAlert')
      this.#run.localAlert(message.nation, message.area, message.event);
    else if (message.action === 'agreement') {
      const { agreement, event, by } = message;
      this.#run.changeAgreement({ agreement, event, by: [by], cause: BY_CONTROL });
    } else {
      this.#run = new ExerciseRun(this.#options);
      this.#number++;
      this.#paused = false;
    }
  }

  /** The people of the exercise's warning offices with what each types in to sign: to be handed to each alone. */
  people(): { nation: Nation; person: string; role: string; code: string }[] {
    return [...this.#run.offices].flatMap(([nation, office]) =>
      office.people.map((p) => ({
        nation,
        person: p.record.person,
        role: p.record.role,
        code: p.exerciseCode(),
      })),
    );
  }

  /** The feeds of this exercise by address: each nation's picture, and the controllers' view across them. */
  feeds(): Map<string, Feed> {
    const feeds = new Map<string, Feed>();
    for (const nation of NATIONS) {
      feeds.set(`/api/nations/${nation}`, {
        hello: () => this.#run.node(nation).hello(),
        message: (sequence) => this.#run.node(nation).picture(sequence, this.#number),
        recalls: {
          list: () => this.#run.node(nation).recalls(),
          recall: (request) => this.#run.recall(nation, request),
        },
        ...(this.#run.offices.has(nation)
          ? {
              person: (request) => this.#run.node(nation).person(request),
              awaiting: (identifier) => this.#run.node(nation).warnings.awaitingDocument(identifier),
            }
          : {}),
      });
    }
    feeds.set('/api/exercise', {
      hello: () => this.hello(),
      message: (sequence) => this.state(sequence),
      control: (message) => this.control(message),
    });
    return feeds;
  }

  hello(): ExerciseHello {
    const { scenario, asOf, agreements, world } = this.#options;
    return {
      type: 'exerciseHello',
      protocol: PROTOCOL,
      scenario: {
        id: scenario.id,
        title: scenario.title,
        summary: scenario.summary,
        source: scenario.launches.map((l) => l.source).join('; '),
        assumptions: scenario.assumptions,
      },
      mode: scenario.mode,
      nations: [...NATIONS],
      startUs: this.#run.startUs,
      endUs: this.#run.endUs,
      launches: scenario.launches.map((l) => ({
        id: l.id,
        launchUs: isoToUs(l.launchTime)!,
        place: l.place,
        latitudeDeg: l.latitudeDeg,
        longitudeDeg: l.longitudeDeg,
      })),
      sites: world.sites.map(siteView),
      asOf,
      agreements: agreementsAtStart(agreements, isoToUs(asOf)!),
    };
  }

  state(sequence: number): ExerciseState {
    const run = this.#run;
    const milestones = (nation: Nation) => run.node(nation).milestones();
    return {
      type: 'exercise',
      sequence,
      run: this.#number,
      timeUs: run.nowUs,
      speed: Number.isFinite(this.#speed) ? this.#speed : 1000,
      paused: this.#paused,
      ended: run.ended,
      milestones: { USA: milestones('USA'), KOR: milestones('KOR'), JPN: milestones('JPN') },
      truth: run.truth(),
    };
  }
}
