/** Tracking: plots to tracks, estimates, and the arithmetic of fusing the tracks of several nodes. */
export type { InfraredPlot, Plot, RadarPlot } from '../model/plot.ts';
export type { InfraredSensor, RadarSensor, Sensor } from '../model/sensor.ts';
export type { Phase, PointEstimate, RangeClass, Tracklet, TrackState } from '../model/track.ts';
export { agreement } from './agreement.ts';
export { type FallPoint, fallPath } from './fall-path.ts';
export { before } from './fused-filter.ts';
export { ASSOCIATION_GATE, distanceOf, keyOf } from './fused-steps.ts';
export {
  associationDistance,
  type FusedEstimates,
  FusedTrack,
  type FusionResult,
  HISTORY_US,
} from './fusion.ts';
export { ellipse95, ellipseCovariance } from './ground.ts';
export {
  type BiasEstimate,
  NIS_ALARM,
  REFUSALS,
  type Refusal,
  type SensorHealth,
  type TrackerCounts,
  type TrackerOptions,
} from './options.ts';
export { type RunTrackerOptions, runTracker } from './recorded.ts';
export { Tracker } from './tracker.ts';
export type { TrackView } from './view.ts';
