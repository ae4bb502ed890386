/** The tracker over recorded plots: what the command `track` does. */
import type { Plot } from '../model/plot.ts';
import type { Sensor } from '../model/sensor.ts';
import { estimateToRecord, trackStateToRecord } from '../model/track.ts';
import type { Refusal, TrackerCounts, TrackerOptions } from './options.ts';
import { Tracker } from './tracker.ts';

export interface RunTrackerOptions extends TrackerOptions {
  /** Called now and then with the number of plots worked. */
  onProgress?: (plots: number) => void;
  /** Called with each plot that is refused. */
  onRefused?: (plot: Plot, reason: Refusal) => void;
}

/** Estimates are looked at once in this event time, us. */
const ESTIMATE_EVERY_US = 1e6;

/**
 * Runs one tracker over all plots, in any order, and yields the records of its output as they come: one for
 * each update of a confirmed track, and each track's launch and impact estimates whenever they are new, at
 * most once a second. The return value holds the counts.
 */
export function* runTracker(
  sensors: readonly Sensor[],
  plots: readonly Plot[],
  options: RunTrackerOptions = {},
): Generator<Record<string, unknown>, TrackerCounts> {
  // Everything is at hand, so it is sorted once and nothing comes late.
  const tracker = new Tracker(sensors, { ...options, windowS: 0 });
  const add = (plot: Plot) => {
    const answer = tracker.addPlot(plot);
    if (!answer.accepted) options.onRefused?.(plot, answer.reason);
  };
  const sorted: Plot[] = [];
  for (const plot of plots) {
    if (Number.isFinite(plot.timeUs)) sorted.push(plot);
    else add(plot); // Counts it as refused.
  }
  sorted.sort((a, b) => a.timeUs - b.timeUs);
  const told = new Map<string, { launchUs: number; impactUs: number }>();
  let i = 0;
  while (i < sorted.length) {
    const untilUs = sorted[i].timeUs + ESTIMATE_EVERY_US;
    // All plots of less than a second from here, so that no scan is torn.
    const from = i;
    // After a gap the clock stands at the next plot, or that would seem to come from the future.
    tracker.advanceTo(sorted[i].timeUs - 1);
    while (i < sorted.length && sorted[i].timeUs < untilUs) add(sorted[i++]);
    tracker.advanceTo(sorted[i - 1].timeUs);
    for (const update of tracker.takeUpdates()) yield trackStateToRecord(update);
    for (const view of tracker.tracks()) {
      let t = told.get(view.id);
      if (!t) {
        t = { launchUs: 0, impactUs: 0 };
        told.set(view.id, t);
      }
      const { launchEstimate, impactEstimate } = view;
      if (launchEstimate && launchEstimate.timeUs > t.launchUs) {
        t.launchUs = launchEstimate.timeUs;
        yield estimateToRecord(view.id, launchEstimate);
      }
      if (impactEstimate && impactEstimate.timeUs >= t.impactUs + ESTIMATE_EVERY_US) {
        t.impactUs = impactEstimate.timeUs;
        yield estimateToRecord(view.id, impactEstimate);
      }
    }
    options.onProgress?.(i - from);
  }
  return tracker.counts;
}
