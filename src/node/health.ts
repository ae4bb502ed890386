/** The sensors' health in the words of the interface. */
import { DEG } from '../earth/wgs84.ts';
import { NIS_ALARM, type SensorHealth } from '../tracking/index.ts';
import type { SensorHealthView } from './wire.ts';

export function healthViews(health: readonly SensorHealth[]): SensorHealthView[] {
  return health.map(({ sensor, judged, nis, alarm, bias }) => ({
    sensor,
    plots: judged,
    nis: judged > 0 ? nis : null,
    bandLow: NIS_ALARM.below,
    bandHigh: NIS_ALARM.above,
    state: judged < NIS_ALARM.plots ? 'unknown' : alarm ? 'alarm' : 'good',
    bias:
      bias?.map(({ component, value, sigma, stated }) => {
        const unit = component === 'range' || component.startsWith('place') ? 'm' : 'deg';
        const scale = unit === 'm' ? 1 : 1 / DEG;
        return { component, unit, value: scale * value, sigma: scale * sigma, stated: scale * stated };
      }) ?? null,
  }));
}
