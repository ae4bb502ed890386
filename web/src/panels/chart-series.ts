/** The figures of the track's chart, from its path. */
import type { PathPoint, TrackView } from '../../../src/node/wire.ts';
import { distanceKm } from '../globe/geometry.ts';

export interface ChartSeries {
  /** Seconds after launch, or after the first point where no launch is known. */
  seconds: number[];
  flownKm: (number | null)[];
  predictedKm: (number | null)[];
  speedKmps: (number | null)[];
}

/** Height and speed along the path; speed from neighbouring points. */
export function chartSeries(track: TrackView): ChartSeries {
  const here: PathPoint = [track.longitudeDeg, track.latitudeDeg, track.heightKm, track.lastObservedUs];
  const flown = track.flown.filter((p) => p[3] <= here[3]);
  const predicted = track.predicted.filter((p) => p[3] > here[3]);
  const points = [...flown, ...predicted];
  const zeroUs = track.launch?.atUs ?? points[0]?.[3] ?? 0;
  const series: ChartSeries = { seconds: [], flownKm: [], predictedKm: [], speedKmps: [] };
  points.forEach((p, i) => {
    const seconds = (p[3] - zeroUs) / 1e6;
    if (i > 0 && seconds <= series.seconds[series.seconds.length - 1]) return;
    series.seconds.push(seconds);
    series.flownKm.push(i < flown.length ? p[2] : null);
    series.predictedKm.push(i >= flown.length - 1 ? p[2] : null);
    const a = points[Math.max(0, i - 1)];
    const b = points[Math.min(points.length - 1, i + 1)];
    const dt = (b[3] - a[3]) / 1e6;
    const along = distanceKm([a[0], a[1]], [b[0], b[1]]) * (1 + (a[2] + b[2]) / 2 / 6371);
    series.speedKmps.push(dt > 0 ? Math.hypot(along, b[2] - a[2]) / dt : null);
  });
  return series;
}
