/** Three nodes that exchange tracklets against one tracker with all plots; and loops. */
import { seededRandom } from '../src/earth/random.ts';
import type { NodeId } from '../src/model/nation.ts';
import type { RadarPlot } from '../src/model/plot.ts';
import { packUpper, type Tracklet, unpackUpper } from '../src/model/track.ts';
import { FusedTrack } from '../src/tracking/fusion.ts';
import { aneesBand, nees } from '../src/tracking/metrics.ts';
import { EPOCH_US, fallStep, radarPlots, truthAt } from '../src/tracking/testing/flight.ts';
import { FLOWN_S, theFlight } from '../src/tracking/testing/nodes.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { informationOf } from '../src/tracking/tracklet.ts';
import { banded, mean, rms, row, square3, study } from './accuracy-study.ts';
import { notionalRadar } from './accuracy-truth.ts';

const NODES: NodeId[] = ['USA', 'KOR', 'JPN'];
const SIGMA = { rangeM: 30, azimuthDeg: 0.06, elevationDeg: 0.06 };
const RADARS = [
  notionalRadar('R1', 37, 127, SIGMA),
  notionalRadar('R2', 36, 132, SIGMA),
  notionalRadar('R3', 39, 135, SIGMA),
];
const MARKS = Array.from({ length: 13 }, (_, i) => 180 + 20 * i);

function plotsOf(seed: number, run: number): RadarPlot[][] {
  const random = seededRandom(seed).fork(`fusion ${run}`);
  return RADARS.map((radar, k) =>
    radarPlots(theFlight(), radar, random.fork(radar.id), { periodS: 1, offsetS: 0.3 * k, detection: 0.9 }),
  );
}

interface FusionResult {
  central: number[];
  fused: number[];
  looped: number[];
  fusedNees: number[];
  loopedNees: number[];
}

/** State and covariance of a fused track as a tracklet that holds everything: what a careless hub would send on. */
function wholeTracklet(fused: FusedTrack, sequence: number): Tracklet | undefined {
  const matrix = new Float64Array(36);
  const vector = new Float64Array(6);
  if (!informationOf(fused.state, unpackUpper(fused.covariance, 6), 6, matrix, vector)) return undefined;
  return {
    node: 'HUB',
    track: 'H1',
    sequence,
    timeUs: fused.timeUs,
    sinceUs: fused.timeUs,
    vector: Array.from(vector),
    matrix: packUpper(matrix, 6),
    phase: fused.phase,
    plots: fused.plots,
    pedigree: { ...fused.pedigree },
  };
}

/** Position and velocity of a track's view at `timeUs`, by a free fall. */
function viewAt(tracker: Tracker, timeUs: number): Float64Array {
  const view = tracker.tracks()[0];
  const s = view.state.slice();
  const dt = (timeUs - view.timeUs) / 1e6;
  if (dt !== 0) fallStep(s, dt);
  return s;
}

export const fusion = study<FusionResult>({
  name: 'fusion',
  runs: (quick) => (quick ? 8 : 100),
  work: (seed, run) => {
    const plots = plotsOf(seed, run);
    const trackers = NODES.map((node, k) => new Tracker([RADARS[k]], { prefix: `${node}-`, windowS: 0 }));
    const central = new Tracker(RADARS, { windowS: 0 });
    const out: FusionResult = { central: [], fused: [], looped: [], fusedNees: [], loopedNees: [] };
    let fused: FusedTrack | undefined;
    let looped: FusedTrack | undefined;
    const sent: Tracklet[] = [];
    for (let t = 0; t <= FLOWN_S; t++) {
      const now = EPOCH_US + t * 1e6;
      const fresh = plots.flatMap((list) => list.filter((p) => p.timeUs > now - 1e6 && p.timeUs <= now));
      for (const p of fresh.sort((a, b) => a.timeUs - b.timeUs)) central.addPlot(p);
      central.advanceTo(now);
      trackers.forEach((tracker, k) => {
        for (const p of fresh) if (p.sensor === RADARS[k].id) tracker.addPlot(p);
        tracker.advanceTo(now);
        for (const tracklet of tracker.takeTracklets(NODES[k], now)) {
          sent.push(tracklet);
          if (fused) fused.add(tracklet);
          else fused = FusedTrack.start(tracklet);
          if (looped) looped.add(tracklet);
          else looped = FusedTrack.start(tracklet);
          // Each comes on the direct link too, and again from the hub some time later.
          looped?.add(structuredClone(tracklet));
          if (sent.length > 15) looped?.add(sent[sent.length - 15]);
        }
      });
      // A hub sends on what it has made of everybody's, as if it were its own.
      if (fused && t > 150 && t % 10 === 0) {
        const whole = wholeTracklet(fused, t);
        if (whole) looped?.add(whole);
      }
      if (!MARKS.includes(t) || !fused || !looped) continue;
      const truth = truthAt(theFlight(), now);
      out.central.push(square3(viewAt(central, now), truth));
      for (const [track, square, honest] of [
        [fused, out.fused, out.fusedNees],
        [looped, out.looped, out.loopedNees],
      ] as const) {
        const { state, covariance } = track.at(now);
        square.push(square3(state, truth));
        honest.push(
          nees(
            Array.from(state, (v, i) => v - truth[i]),
            covariance,
            6,
          ),
        );
      }
    }
    return out;
  },
  rows: (results) => {
    const of = (key: keyof FusionResult): number[] => results.flatMap((r) => r[key]);
    const central = rms(of('central'));
    return [
      row('fusion: runs', results.length, '', null, null, 'higher'),
      row(
        'fusion: RMSE, three nodes by tracklets / central plots',
        rms(of('fused')) / central,
        '',
        1.05,
        1.01,
      ),
      banded('fusion: ANEES/6', mean(of('fusedNees')), '', aneesBand(6, results.length)),
      row('loop, hub and direct links: ANEES/6', mean(of('loopedNees')), '', 1.1),
      row('loop, hub and direct links: RMSE / central plots', rms(of('looped')) / central, '', null, 1.02),
    ];
  },
});
