/** The recorded plots of the examples: a simulated launch seen by two notional radars. */
import { readFileSync } from 'node:fs';

interface Recording {
  launch: { timeUs: number };
  sensors: {
    id: string;
    kind: 'radar';
    latitudeDeg: number;
    longitudeDeg: number;
    heightM: number;
    sigma: { rangeM: number; azimuthDeg: number; elevationDeg: number };
  }[];
  /** Sensor number, time after the launch s, range m, azimuth and elevation degrees. */
  plots: [number, number, number, number, number][];
}

export function risingPlots() {
  const text = readFileSync(new URL('./plots.json', import.meta.url), 'utf8');
  const { launch, sensors, plots } = JSON.parse(text) as Recording;
  return {
    launch,
    sensors,
    plots: plots.map(([sensor, afterS, rangeM, azimuthDeg, elevationDeg]) => ({
      kind: 'radar' as const,
      sensor: sensors[sensor].id,
      timeUs: launch.timeUs + Math.round(afterS * 1e6),
      rangeM,
      azimuthRad: (azimuthDeg * Math.PI) / 180,
      elevationRad: (elevationDeg * Math.PI) / 180,
    })),
  };
}
