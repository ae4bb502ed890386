/** Lines of sight that fed no track, each waiting for one of another satellite that meets it. */
import { roughHeight } from '../earth/wgs84.ts';
import type { InfraredPlot } from '../model/plot.ts';
import { meeting, startFromLines } from './initiation.ts';
import { type Look, lookAt, newLook, type SensorModel } from './measurement.ts';

/** So long a line waits, us. */
const LINE_WAIT_US = 6e6;

export interface LooseLine {
  plot: InfraredPlot;
  sensor: SensorModel;
}

const otherLook = newLook();

export class LooseLines {
  #lines: LooseLine[] = [];

  save(): LooseLine[] {
    return this.#lines.slice();
  }

  restore(lines: readonly LooseLine[]): void {
    this.#lines = lines.slice();
  }

  add(plot: InfraredPlot, sensor: SensorModel): void {
    this.#lines.push({ plot, sensor });
  }

  /** The line of another satellite that this one meets best above the ground. */
  meeting(plot: InfraredPlot, look: Look, sensor: SensorModel): LooseLine | undefined {
    let best: LooseLine | undefined;
    let bestRatio = 4;
    for (const line of this.#lines) {
      if (line.sensor.index === sensor.index) continue;
      const gapS = (plot.timeUs - line.plot.timeUs) / 1e6;
      lookAt(otherLook, line.plot, line.sensor);
      const m = meeting(look, otherLook, gapS);
      if (!m || m.missM / m.sigmaM >= bestRatio) continue;
      const h = roughHeight(
        look.origin[0] + m.alongA * look.axes[0],
        look.origin[1] + m.alongA * look.axes[1],
        look.origin[2] + m.alongA * look.axes[2],
      );
      if (h < -20e3 || h > 600e3) continue;
      best = line;
      bestRatio = m.missM / m.sigmaM;
    }
    return best;
  }

  /** Starts a track, slab `s`, of a plot and the line that it meets, which waits no longer. False if they make no track. */
  start(s: Float64Array, plot: InfraredPlot, look: Look, line: LooseLine, vacuum: boolean): boolean {
    lookAt(otherLook, line.plot, line.sensor);
    const gapS = (plot.timeUs - line.plot.timeUs) / 1e6;
    if (!startFromLines(s, look, otherLook, plot.timeUs, gapS, vacuum)) return false;
    this.#lines.splice(this.#lines.indexOf(line), 1);
    return true;
  }

  /** Lets go of those that have waited long enough. */
  forget(timeUs: number): void {
    const since = timeUs - LINE_WAIT_US;
    if (this.#lines.length > 0 && this.#lines[0].plot.timeUs < since)
      this.#lines = this.#lines.filter((l) => l.plot.timeUs >= since);
  }
}
