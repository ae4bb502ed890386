/**
 * Two nodes, each with a radar of its own, that send each other tracklets instead of plots: the fused track is
 * better than either, and hearing the same news twice does not make it surer.
 *
 *     npx tsx examples/fuse-two-nodes.ts
 */
import { associationDistance, FusedTrack, Tracker } from 'beaconfire/tracking';
import { risingPlots } from './plots.ts';

/** Spread of the position, m, one sigma over all axes, from the upper triangle of a 6 x 6 covariance. */
function spreadM(covariance: ArrayLike<number>): number {
  return Math.sqrt(covariance[0] + covariance[6] + covariance[11]);
}

export interface Spreads {
  korM: number;
  jpnM: number;
  fusedM: number;
  /** After every tracklet has come a second time over another way. */
  againM: number;
}

export function fuseTwoNodes(): Spreads {
  const { sensors, plots } = risingPlots();
  const nodes = [
    { name: 'KOR', tracker: new Tracker([sensors[0]], { prefix: 'K-' }) },
    { name: 'JPN', tracker: new Tracker([sensors[1]], { prefix: 'J-' }) },
  ] as const;
  let fused: FusedTrack | undefined;
  let again: FusedTrack | undefined;

  const [from, to] = [plots[0].timeUs, plots[plots.length - 1].timeUs];
  let next = 0;
  for (let nowUs = from; nowUs <= to; nowUs += 1e6) {
    for (; next < plots.length && plots[next].timeUs <= nowUs; next++) {
      for (const { tracker } of nodes) tracker.addPlot(plots[next]); // The other's plots are refused: unknownSensor.
    }
    for (const { name, tracker } of nodes) {
      tracker.advanceTo(nowUs);
      // What the node has learnt since its last tracklet, as information: independent, so it adds.
      for (const tracklet of tracker.takeTracklets(name, nowUs)) {
        if (!fused || !again) {
          fused = FusedTrack.start(tracklet);
          again = FusedTrack.start(tracklet);
          continue;
        }
        // Is it the same object at all? Squared distance, chi-squared with six degrees of freedom.
        const wholeReport = tracklet.sinceUs === tracklet.timeUs;
        if (wholeReport && associationDistance(tracklet, fused) > 1000) continue;
        fused.add(tracklet);
        again.add(tracklet);
        again.add(structuredClone(tracklet)); // 'duplicate': known by node, track and sequence.
      }
    }
  }
  if (!fused || !again) throw new Error('expected a fused track');
  const [kor, jpn] = nodes.map(({ tracker }) => tracker.tracks()[0]);
  return {
    korM: spreadM(kor.covariance),
    jpnM: spreadM(jpn.covariance),
    fusedM: spreadM(fused.covariance),
    againM: spreadM(again.covariance),
  };
}

if (process.argv[1]?.endsWith('fuse-two-nodes.ts')) {
  const { korM, jpnM, fusedM, againM } = fuseTwoNodes();
  console.log(`KOR alone ${korM.toFixed(0)} m, JPN alone ${jpnM.toFixed(0)} m, fused ${fusedM.toFixed(0)} m`);
  console.log(`after hearing everything twice: ${againM.toFixed(0)} m`);
}
