/** One launch and three nations' nodes that see it, each with its own radar: the tests of fusion and registration fly it. */
import { seededRandom } from '../../earth/random.ts';
import type { RadarPlot } from '../../model/plot.ts';
import type { Tracklet } from '../../model/track.ts';
import { Tracker } from '../tracker.ts';
import { EPOCH_US, radarPlots, type TestFlight, THREE_NODES, THREE_RADARS, testFlight } from './flight.ts';

/** So long it is followed, s after the launch: it is on its way down, above the air. */
export const FLOWN_S = 420;

let flown: TestFlight | undefined;

/** The launch of these tests; computed once. */
export function theFlight(): TestFlight {
  flown ??= testFlight({
    latitudeDeg: 39,
    longitudeDeg: 126,
    bearingDeg: 80,
    burnS: 95,
    startG: 2,
    endG: 8,
    tiltDeg: 5,
    untilS: FLOWN_S,
  });
  return flown;
}

/** Plots of the k-th radar, one a second, a tenth of them missed; in order of time. */
export function nodePlots(seed: number, k: number, of = theFlight()): RadarPlot[] {
  return radarPlots(of, THREE_RADARS[k], seededRandom(seed).fork(`R${k}`), {
    periodS: 1,
    offsetS: 0.3 * k,
    detection: 0.9,
  });
}

/** Each node tracks with its own radar and sends a tracklet a second; `take` is given them, and the plots behind them, second by second. */
export function flyNodes(
  seed: number,
  take: (tracklets: Tracklet[], t: number, plots: readonly RadarPlot[]) => void,
  untilS = FLOWN_S,
): void {
  const plots = THREE_NODES.map((_, k) => nodePlots(seed, k));
  const trackers = THREE_NODES.map((node, k) => new Tracker([THREE_RADARS[k]], { prefix: `${node}-` }));
  for (let t = 0; t <= untilS; t++) {
    const now = EPOCH_US + t * 1e6;
    const fresh = plots.flatMap((list) => list.filter((p) => p.timeUs > now - 1e6 && p.timeUs <= now));
    const tracklets = trackers.flatMap((tracker, k) => {
      for (const p of fresh) if (p.sensor === THREE_RADARS[k].id) tracker.addPlot(p);
      tracker.advanceTo(now);
      return tracker.takeTracklets(THREE_NODES[k], now);
    });
    take(tracklets, t, fresh);
  }
}
