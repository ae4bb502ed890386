/**
 * Sensors as the filters see them: the plot of a radar (range, azimuth, elevation, range rate) or of an
 * infrared sensor (a line of sight) as a function of position and velocity, linearised where asked.
 */
import { eastAndSouthAcross } from '../earth/across.ts';
import { DEG, ecefToGeodetic, enuRotation, geodeticToEcef } from '../earth/wgs84.ts';
import type { Plot } from '../model/plot.ts';
import { type Sensor, sigmaFactor } from '../model/sensor.ts';

/** Time constant of the lasting errors of a sensor that states none, hours: assumed, as of a mounting that warms and cools. */
export const BIAS_HOURS = 24;

/** A sensor ready for use. Variances in the order of its plot's components. */
export interface SensorModel {
  readonly id: string;
  readonly index: number;
  readonly infrared: boolean;
  readonly moving: boolean;
  readonly position: Float64Array;
  /** ECEF to ENU at the radar. */
  readonly rotation: Float64Array;
  readonly variances: Float64Array;
  readonly hasRangeRate: boolean;
  /**
   * Standard deviations of its lasting errors: of range, azimuth and elevation, and if stated of its place (three, ECEF); or of
   * two angles across. Undefined: none stated.
   */
  readonly biasSigma: Float64Array | undefined;
  /** How fast they change: one over the time constant, 1/s. */
  readonly biasRate: number;
  /** What is taken off its plots for them now. */
  readonly bias: Float64Array;
  /** Factor on gates for what they may still be. */
  wide: number;
}

export function sensorModel(sensor: Sensor, index: number): SensorModel {
  const biasRate = 1 / (3600 * (sensor.biasHours ?? BIAS_HOURS));
  if (sensor.kind === 'infrared') {
    const v = (sensor.sigma.angleDeg * DEG) ** 2;
    return {
      id: sensor.id,
      index,
      infrared: true,
      moving: true,
      position: new Float64Array(3),
      rotation: new Float64Array(9),
      variances: Float64Array.of(v, v),
      hasRangeRate: false,
      biasSigma: stated(
        sensor.biasSigma && [sensor.biasSigma.angleDeg * DEG, sensor.biasSigma.angleDeg * DEG],
      ),
      biasRate,
      bias: new Float64Array(2),
      wide: 1,
    };
  }
  const { latitudeDeg, longitudeDeg, heightM, sigma } = sensor;
  const moving = latitudeDeg === undefined || longitudeDeg === undefined;
  const lat = (latitudeDeg ?? 0) * DEG;
  const lon = (longitudeDeg ?? 0) * DEG;
  return {
    id: sensor.id,
    index,
    infrared: false,
    moving,
    position: Float64Array.from(geodeticToEcef(lat, lon, heightM ?? 0)),
    rotation: enuRotation(lat, lon),
    variances: Float64Array.of(
      sigma.rangeM ** 2,
      (sigma.azimuthDeg * DEG) ** 2,
      (sigma.elevationDeg * DEG) ** 2,
      (sigma.rangeRateMps ?? 0) ** 2,
    ),
    hasRangeRate: sigma.rangeRateMps !== undefined,
    biasSigma: stated(
      sensor.biasSigma && [
        sensor.biasSigma.rangeM,
        sensor.biasSigma.azimuthDeg * DEG,
        sensor.biasSigma.elevationDeg * DEG,
        ...(sensor.biasSigma.positionM === undefined
          ? []
          : Array<number>(3).fill(sensor.biasSigma.positionM)),
      ],
    ),
    biasRate,
    bias: new Float64Array(6),
    wide: 1,
  };
}

function stated(sigma: number[] | undefined): Float64Array | undefined {
  return sigma && Float64Array.from(sigma);
}

/**
 * One plot made ready, and its linearisation at the last point asked: `rows` components with residual
 * (measured less computed), Jacobian by rows of six over position and velocity, and variances.
 */
export interface Look {
  rows: number;
  /** Columns of the Jacobian that can be other than zero: 3 or 6. */
  columns: number;
  readonly residual: Float64Array;
  readonly jacobian: Float64Array;
  /** These three are the sensor's own arrays where they are the same for all its plots: to be read only. */
  variances: Float64Array;
  /** The sensor's place, ECEF m. */
  origin: Float64Array;
  rotation: Float64Array;
  /** Those of this plot alone, where they are not. */
  readonly own: { variances: Float64Array; origin: Float64Array; rotation: Float64Array };
  infrared: boolean;
  /** A radar's plot of three components from its fixed place: all such plots of one sensor have one linearisation at a point. */
  plain: boolean;
  /** Range, azimuth, elevation, range rate; or the two tangent components of a line of sight (0, 0). */
  measured: Float64Array;
  /** Infrared: line of sight and two unit vectors across it. */
  axes: Float64Array;
  /** Infrared with a stated bias: east and south across the line of sight. */
  across: Float64Array;
}

/** A look; many that are used one at a time may share what {@link linearise} fills. */
export function newLook(
  scratch: Pick<Look, 'residual' | 'jacobian'> = {
    residual: new Float64Array(4),
    jacobian: new Float64Array(24),
  },
): Look {
  const own = {
    variances: new Float64Array(4),
    origin: new Float64Array(3),
    rotation: new Float64Array(9),
  };
  return {
    rows: 0,
    columns: 3,
    residual: scratch.residual,
    jacobian: scratch.jacobian,
    ...own,
    own,
    infrared: false,
    plain: false,
    measured: new Float64Array(4),
    axes: new Float64Array(9),
    across: new Float64Array(6),
  };
}

/** Makes a look of a plot that has been checked. */
export function lookAt(look: Look, plot: Plot, sensor: SensorModel): void {
  look.infrared = sensor.infrared;
  look.plain = false;
  look.variances = sensor.variances;
  if (plot.kind === 'infrared') {
    look.rows = 2;
    look.columns = 3;
    look.origin = look.own.origin;
    look.origin.set(plot.positionEcefM);
    acrossAxes(
      sensor.biasSigma ? straightened(plot.lineOfSightEcef, sensor, look) : plot.lineOfSightEcef,
      look.axes,
    );
    return;
  }
  const rate = sensor.hasRangeRate && plot.rangeRateMps !== undefined;
  look.rows = rate ? 4 : 3;
  look.columns = rate ? 6 : 3;
  look.measured[0] = plot.rangeM - sensor.bias[0];
  look.measured[1] = plot.azimuthRad - sensor.bias[1];
  look.measured[2] = plot.elevationRad - sensor.bias[2];
  look.measured[3] = rate ? plot.rangeRateMps! : 0;
  if (plot.snrDb !== undefined) {
    const growth = sigmaFactor(plot.snrDb) ** 2;
    look.variances = look.own.variances;
    for (let i = 0; i < look.rows; i++) look.variances[i] = sensor.variances[i] * growth;
  }
  if (plot.positionEcefM) {
    look.origin = look.own.origin;
    look.rotation = look.own.rotation;
    for (let i = 0; i < 3; i++) look.origin[i] = plot.positionEcefM[i] - sensor.bias[3 + i];
    const g = ecefToGeodetic(look.origin[0], look.origin[1], look.origin[2]);
    look.rotation.set(enuRotation(g.latitudeRad, g.longitudeRad));
  } else {
    look.plain = !rate;
    look.origin = sensor.position;
    look.rotation = sensor.rotation;
  }
}

/** A line of sight less its sensor's bias; its axes east and south go into the look. */
function straightened(los: ArrayLike<number>, sensor: SensorModel, look: Look): Float64Array {
  const n = Math.hypot(los[0], los[1], los[2]);
  for (let i = 0; i < 3; i++) direction[i] = los[i] / n;
  const { across } = look;
  eastAndSouthAcross(direction, across);
  for (let i = 0; i < 3; i++) direction[i] -= sensor.bias[0] * across[i] + sensor.bias[1] * across[3 + i];
  return direction;
}
const direction = new Float64Array(3);

/** Line of sight and two unit vectors across it, nine numbers by rows. */
function acrossAxes(los: ArrayLike<number>, axes: Float64Array): void {
  const n = Math.hypot(los[0], los[1], los[2]);
  const x = los[0] / n;
  const y = los[1] / n;
  const z = los[2] / n;
  // Cross with the axis that is least along the line.
  const ax = Math.abs(x) <= Math.abs(y) && Math.abs(x) <= Math.abs(z) ? 1 : 0;
  const ay = ax === 0 && Math.abs(y) <= Math.abs(z) ? 1 : 0;
  const az = ax === 0 && ay === 0 ? 1 : 0;
  let ux = y * az - z * ay;
  let uy = z * ax - x * az;
  let uz = x * ay - y * ax;
  const m = Math.sqrt(ux * ux + uy * uy + uz * uz);
  ux /= m;
  uy /= m;
  uz /= m;
  axes[0] = x;
  axes[1] = y;
  axes[2] = z;
  axes[3] = ux;
  axes[4] = uy;
  axes[5] = uz;
  axes[6] = y * uz - z * uy;
  axes[7] = z * ux - x * uz;
  axes[8] = x * uy - y * ux;
}

/** Fills residual and Jacobian of the look at position and velocity `s[xo..xo+5]`. */
export function linearise(look: Look, s: Float64Array, xo: number): void {
  if (look.infrared) {
    lineariseLine(look, s, xo);
    return;
  }
  const h = look.jacobian;
  lineariseRadar(look, s, xo, h, computed);
  look.residual[0] = look.measured[0] - computed[0];
  look.residual[1] = wrap(look.measured[1] - computed[1]);
  look.residual[2] = look.measured[2] - computed[2];
  if (look.rows === 4) {
    const r = computed[0];
    const vx = s[xo + 3];
    const vy = s[xo + 4];
    const vz = s[xo + 5];
    const rate = h[0] * vx + h[1] * vy + h[2] * vz;
    look.residual[3] = look.measured[3] - rate;
    h[18] = (vx - rate * h[0]) / r;
    h[19] = (vy - rate * h[1]) / r;
    h[20] = (vz - rate * h[2]) / r;
    for (let k = 0; k < 3; k++) for (let j = 3; j < 6; j++) h[6 * k + j] = 0;
    h[21] = h[0];
    h[22] = h[1];
    h[23] = h[2];
  }
}
const computed = new Float64Array(3);

function lineariseLine(look: Look, s: Float64Array, xo: number): void {
  const dx = s[xo] - look.origin[0];
  const dy = s[xo + 1] - look.origin[1];
  const dz = s[xo + 2] - look.origin[2];
  const h = look.jacobian;
  const r = Math.sqrt(dx * dx + dy * dy + dz * dz);
  const ux = dx / r;
  const uy = dy / r;
  const uz = dz / r;
  const a = look.axes;
  for (let k = 0; k < 2; k++) {
    const e = 3 * (k + 1);
    const c = a[e] * ux + a[e + 1] * uy + a[e + 2] * uz;
    look.residual[k] = -c;
    h[6 * k] = (a[e] - c * ux) / r;
    h[6 * k + 1] = (a[e + 1] - c * uy) / r;
    h[6 * k + 2] = (a[e + 2] - c * uz) / r;
  }
}

/**
 * Range, azimuth and elevation of the position `s[xo..xo+2]` from a radar look's place into `out`, and their Jacobian over it
 * into `h`, by rows of six. The same for all {@link Look.plain} plots of one sensor.
 */
export function lineariseRadar(
  look: Look,
  s: Float64Array,
  xo: number,
  h: Float64Array,
  out: Float64Array,
): void {
  const dx = s[xo] - look.origin[0];
  const dy = s[xo + 1] - look.origin[1];
  const dz = s[xo + 2] - look.origin[2];
  const r = Math.sqrt(dx * dx + dy * dy + dz * dz);
  const m = look.rotation;
  const e = m[0] * dx + m[1] * dy + m[2] * dz;
  const n = m[3] * dx + m[4] * dy + m[5] * dz;
  const u = m[6] * dx + m[7] * dy + m[8] * dz;
  const g2 = Math.max(e * e + n * n, 1);
  const g = Math.sqrt(g2);
  out[0] = r;
  out[1] = Math.atan2(e, n);
  out[2] = Math.atan2(u, g);
  h[0] = dx / r;
  h[1] = dy / r;
  h[2] = dz / r;
  const ae = n / g2;
  const an = -e / g2;
  const ee = (-e * u) / (g * r * r);
  const en = (-n * u) / (g * r * r);
  const eu = g / (r * r);
  h[6] = m[0] * ae + m[3] * an;
  h[7] = m[1] * ae + m[4] * an;
  h[8] = m[2] * ae + m[5] * an;
  h[12] = m[0] * ee + m[3] * en + m[6] * eu;
  h[13] = m[1] * ee + m[4] * en + m[7] * eu;
  h[14] = m[2] * ee + m[5] * en + m[8] * eu;
}

/** An angle into (-pi, pi]. */
export function wrap(angle: number): number {
  if (angle > Math.PI || angle <= -Math.PI) return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
  return angle;
}

/** Cartesian position of a radar plot (its look), ECEF m, into `out`. */
export function radarPoint(look: Look, out: Float64Array): void {
  const range = look.measured[0];
  const azimuth = look.measured[1];
  const elevation = look.measured[2];
  const c = Math.cos(elevation) * range;
  const e = Math.sin(azimuth) * c;
  const n = Math.cos(azimuth) * c;
  const u = Math.sin(elevation) * range;
  const m = look.rotation;
  for (let j = 0; j < 3; j++) out[j] = look.origin[j] + m[j] * e + m[3 + j] * n + m[6 + j] * u;
}
