/**
 * The camera of the globe: a pinhole that looks at a place on a unit sphere from a fixed distance, tilted
 * away from the vertical so that heights show. Zooming lengthens the focal length and never moves the
 * camera, so all that is visible stays in front of it. North is always up.
 *
 * The same camera draws maps (through d3-geo, which clips and resamples) and raised points (trajectories).
 */
import { type GeoProjection, geoProjection } from 'd3-geo';

export const EARTH_KM = 6371.0088;
const DEG = Math.PI / 180;
/** Distance from the target in Earth radii: far enough that the tilt never brings ground behind the lens. */
const DISTANCE = 4;

export interface View {
  longitudeDeg: number;
  latitudeDeg: number;
  /** Angle between the line of sight and the vertical at the target. */
  tiltDeg: number;
  /** Pixels that one Earth radius at the target takes. */
  scalePx: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Camera {
  readonly view: View;
  readonly size: Size;
  /** Writes the screen position into `out` and tells whether the point is in sight (not behind the globe). */
  project(longitudeDeg: number, latitudeDeg: number, heightKm: number, out: Float64Array): boolean;
  /** The place under a point of the screen, or undefined beside the globe. */
  invert(x: number, y: number): [longitudeDeg: number, latitudeDeg: number] | undefined;
  /** The same camera for d3-geo. */
  projection(): GeoProjection;
  /** Screen centre and radius of the circle that the globe's limb nearly is (for shading). */
  limb(): { x: number; y: number; radius: number };
}

type Vector = [number, number, number];
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export function createCamera(
  view: View,
  size: Size,
  offset: { x: number; y: number } = { x: 0, y: 0 },
): Camera {
  const sl = Math.sin(view.longitudeDeg * DEG);
  const cl = Math.cos(view.longitudeDeg * DEG);
  const sp = Math.sin(view.latitudeDeg * DEG);
  const cp = Math.cos(view.latitudeDeg * DEG);
  const st = Math.sin(view.tiltDeg * DEG);
  const ct = Math.cos(view.tiltDeg * DEG);
  const target: Vector = [cp * cl, cp * sl, sp];
  const right: Vector = [-sl, cl, 0];
  const north: Vector = [-sp * cl, -sp * sl, cp];
  const combine = (a: number, b: number): Vector => [
    a * target[0] + b * north[0],
    a * target[1] + b * north[1],
    a * target[2] + b * north[2],
  ];
  const eye = combine(1 + DISTANCE * ct, -DISTANCE * st);
  const sight = combine(-ct, st);
  const up = combine(st, ct);
  const eyeRadius = Math.hypot(...eye);
  const eyeSight = dot(eye, sight);
  const eyeUp = dot(eye, up);
  const k = view.scalePx * DISTANCE;
  const cx = size.width / 2 + offset.x;
  const cy = size.height / 2 + offset.y;

  const project = (
    longitudeDeg: number,
    latitudeDeg: number,
    heightKm: number,
    out: Float64Array,
  ): boolean => {
    const r = 1 + heightKm / EARTH_KM;
    const c = Math.cos(latitudeDeg * DEG) * r;
    const x = c * Math.cos(longitudeDeg * DEG);
    const y = c * Math.sin(longitudeDeg * DEG);
    const z = Math.sin(latitudeDeg * DEG) * r;
    const depth = x * sight[0] + y * sight[1] + z * sight[2] - eyeSight;
    const f = k / depth;
    out[0] = cx + f * (x * right[0] + y * right[1] + z * right[2]);
    out[1] = cy - f * (x * up[0] + y * up[1] + z * up[2] - eyeUp);
    // Hidden if the line from the eye passes through the sphere before it comes to the point.
    const dx = x - eye[0];
    const dy = y - eye[1];
    const dz = z - eye[2];
    const dd = dx * dx + dy * dy + dz * dz;
    const s = -(eye[0] * dx + eye[1] * dy + eye[2] * dz) / dd;
    if (s >= 1) return true;
    const px = eye[0] + s * dx;
    const py = eye[1] + s * dy;
    const pz = eye[2] + s * dz;
    return px * px + py * py + pz * pz >= 1;
  };

  const invert = (sx: number, sy: number): [number, number] | undefined => {
    const a = (sx - cx) / k;
    const b = -(sy - cy) / k;
    const d: Vector = [0, 1, 2].map((i) => sight[i] + a * right[i] + b * up[i]) as Vector;
    const dd = dot(d, d);
    const half = dot(eye, d);
    const root = half * half - dd * (eyeRadius * eyeRadius - 1);
    if (root < 0) return undefined;
    const s = (-half - Math.sqrt(root)) / dd;
    const p: Vector = [eye[0] + s * d[0], eye[1] + s * d[1], eye[2] + s * d[2]];
    return [Math.atan2(p[1], p[0]) / DEG, Math.asin(Math.max(-1, Math.min(1, p[2]))) / DEG];
  };

  const projection = (): GeoProjection => {
    // In d3's rotated frame the first axis points to the eye, so that its clip circle is the horizon.
    const axis: Vector = [eye[0] / eyeRadius, eye[1] / eyeRadius, eye[2] / eyeRadius];
    const third: Vector = [
      axis[1] * right[2] - axis[2] * right[1],
      axis[2] * right[0] - axis[0] * right[2],
      axis[0] * right[1] - axis[1] * right[0],
    ];
    const sightX = dot(sight, axis);
    const sightZ = dot(sight, third);
    const upX = dot(up, axis);
    const upZ = dot(up, third);
    const raw = (lambda: number, phi: number): [number, number] => {
      const c = Math.cos(phi);
      const x = c * Math.cos(lambda);
      const z = Math.sin(phi);
      const f = DISTANCE / (x * sightX + z * sightZ - eyeSight);
      return [f * c * Math.sin(lambda), f * (x * upX + z * upZ - eyeUp)];
    };
    // The meridian of the eye is that of the target (north is up), so there is no roll. Past a pole the
    // latitude of the eye alone would turn the picture over; the tilt is limited so that it never gets there.
    const eyeLatitude = Math.asin(axis[2]) / DEG;
    const overPole = axis[0] * cl + axis[1] * sl < 0;
    const nadir = raw(0, 0);
    return geoProjection(raw)
      .rotate(overPole ? [180 - view.longitudeDeg, -eyeLatitude, 180] : [-view.longitudeDeg, -eyeLatitude])
      .scale(view.scalePx)
      .translate([cx + view.scalePx * nadir[0], cy - view.scalePx * nadir[1]])
      .clipAngle(Math.acos(1 / eyeRadius) / DEG - 1e-4)
      .clipExtent([
        [-40, -40],
        [size.width + 40, size.height + 40],
      ])
      .precision(0.6);
  };

  const limb = (): { x: number; y: number; radius: number } => {
    // The limb seen off-axis is an ellipse of little eccentricity: its vertical chord gives the circle.
    const alpha = Math.asin(1 / eyeRadius);
    const off = Math.atan2(-dot(eye, up), -dot(eye, sight));
    const top = Math.tan(off + alpha);
    const bottom = Math.tan(off - alpha);
    return { x: cx, y: cy - (k * (top + bottom)) / 2, radius: (k * (top - bottom)) / 2 };
  };

  return { view, size, project, invert, projection, limb };
}

/** Keeps a view within what the camera can show. */
export function clampView(view: View, size: Size): View {
  const smallest = Math.max(120, Math.min(size.width, size.height) * 0.36);
  return {
    longitudeDeg: ((((view.longitudeDeg + 180) % 360) + 360) % 360) - 180,
    latitudeDeg: Math.max(-80, Math.min(85, view.latitudeDeg)),
    tiltDeg: Math.max(0, Math.min(60, view.tiltDeg)),
    scalePx: Math.max(smallest, Math.min(60000, view.scalePx)),
  };
}

/** A view on the way from one to another, `t` from 0 to 1: the short way round, zoom by ratio. */
export function blendViews(a: View, b: View, t: number): View {
  const turn = ((((b.longitudeDeg - a.longitudeDeg + 180) % 360) + 360) % 360) - 180;
  return {
    longitudeDeg: a.longitudeDeg + turn * t,
    latitudeDeg: a.latitudeDeg + (b.latitudeDeg - a.latitudeDeg) * t,
    tiltDeg: a.tiltDeg + (b.tiltDeg - a.tiltDeg) * t,
    scalePx: a.scalePx * (b.scalePx / a.scalePx) ** t,
  };
}
