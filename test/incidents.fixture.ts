/** A warning office on a virtual clock for the tests of the incidents: a flight, a desk, channels and receivers. */
import { type ExerciseOffice, exerciseOffice } from '../src/channels/index.ts';
import { seededRandom } from '../src/earth/random.ts';
import { VirtualScheduler } from '../src/model/clock.ts';
import { exerciseConfig, type IssuedWarning, WarningDesk } from '../src/warning/index.ts';
import { flight20221004, flightTo, inputAt, type TestFlight } from '../src/warning/lifecycle.fixture.ts';

export interface Stage extends ExerciseOffice {
  clock: VirtualScheduler;
  desk: WarningDesk;
  flight: TestFlight;
  issued: IssuedWarning[];
  /** Lets the time pass up to `t` seconds after launch; the desk works twice a second and publishes. */
  runTo(t: number): void;
  publish(issued: IssuedWarning[]): void;
}

export function stage(
  nation: 'JPN' | 'KOR',
  options: { seed?: number; loss?: number; localDeskS?: (area: string) => number | undefined } = {},
): Stage {
  const { seed = 1, ...rest } = options;
  const flight = nation === 'JPN' ? flight20221004() : flightTo('south', 37, 127.5, 360);
  const clock = new VirtualScheduler(flight.launchUs);
  const config = exerciseConfig(nation);
  const office = exerciseOffice({ seed, config, clock, random: seededRandom(seed), ...rest });
  const desk = new WarningDesk(config);
  const issued: IssuedWarning[] = [];
  let at = 0;
  const publish = (messages: IssuedWarning[]) => {
    for (const one of messages) {
      office.publisher.publish(one, [], desk.stateOf(flight.id).independentSources);
      issued.push(one);
    }
  };
  const runTo = (t: number) => {
    for (; at + 0.5 <= t; at += 0.5) {
      clock.advanceTo(flight.launchUs + Math.round((at + 0.5) * 1e6));
      publish(desk.step(inputAt(flight, at + 0.5)));
    }
  };
  return { ...office, clock, desk, flight, issued, runTo, publish };
}

/** Runs until the first alert has just been published. */
export function alerted(s: Stage): IssuedWarning {
  for (let t = 0.5; s.issued.length === 0; t += 0.5) s.runTo(t);
  return s.issued[0];
}
