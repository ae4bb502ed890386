/** Tracking: plots to tracks, estimates, and the arithmetic of fusing the tracks of several nodes. */
export { REFUSALS, type Refusal, Tracker, type TrackerCounts, type TrackerOptions } from './tracker.ts';
export type { TrackView } from './view.ts';
