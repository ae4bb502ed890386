/** Finding the view that shows given points as large as the space allows. */
import type { Nation, PictureMessage } from '../../../src/node/wire.ts';
import { clampView, createCamera, EARTH_KM, type Size, type View } from './camera.ts';
import { distanceKm, type LonLat, meanPlace } from './geometry.ts';

export interface Padding {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

/** [longitude deg, latitude deg, height km] */
export type Point3 = readonly [number, number, number];

export const TILT_DEG = 44;
/** A picture is never framed tighter than this, so that the eye keeps its bearings. */
const SMALLEST_EXTENT_KM = 1500;

const HOME: Record<Nation, Point3[]> = {
  KOR: [
    [122.5, 33],
    [132.5, 33],
    [131, 43],
    [123.5, 42.5],
  ].map(([lon, lat]) => [lon, lat, 0] as const),
  JPN: [
    [124, 29],
    [147, 31],
    [147, 46],
    [126, 44],
  ].map(([lon, lat]) => [lon, lat, 0] as const),
  USA: [
    [118, 20],
    [165, 15],
    [160, 50],
    [120, 48],
  ].map(([lon, lat]) => [lon, lat, 0] as const),
};

/** What a nation looks at while nothing flies. */
export function homePoints(nation: Nation): Point3[] {
  return HOME[nation];
}

/** Corners of the nation's own land that a picture keeps in sight while the flight is anywhere near. */
const OWN_LAND: Record<Nation, Point3[]> = {
  KOR: [
    [126.2, 34.2, 0],
    [129.5, 35.4, 0],
  ],
  JPN: [
    [130.4, 31, 0],
    [145.6, 43.3, 0],
  ],
  USA: [],
};
const NEAR_KM = 2600;

/** All that a picture must show: launch to impact, the arc at its height, and the nation's own land. */
export function picturePoints(picture: PictureMessage): Point3[] {
  const points: Point3[] = [];
  for (const track of picture.tracks.slice(0, 60)) {
    if (track.status === 'lost' && picture.tracks.length > 1) continue;
    points.push([track.longitudeDeg, track.latitudeDeg, track.heightKm]);
    for (const estimate of [track.launch, track.impact]) {
      if (!estimate) continue;
      points.push([estimate.longitudeDeg, estimate.latitudeDeg, 0]);
    }
    for (const path of [track.flown, track.predicted]) {
      const step = Math.max(1, Math.floor(path.length / 8));
      for (let i = 0; i < path.length; i += step) points.push([path[i][0], path[i][1], path[i][2]]);
    }
  }
  const own = OWN_LAND[picture.nation].filter((corner) =>
    points.some((p) => distanceKm([p[0], p[1]], [corner[0], corner[1]]) < NEAR_KM),
  );
  return [...points, ...own];
}

/** The view that fits the points into the free part of the canvas. */
export function frame(points: readonly Point3[], size: Size, padding: Padding, tiltDeg = TILT_DEG): View {
  const free = {
    width: Math.max(60, size.width - padding.left - padding.right),
    height: Math.max(60, size.height - padding.top - padding.bottom),
  };
  const [lon, lat] = meanPlace(points.map((p): LonLat => [p[0], p[1]]));
  let view: View = { longitudeDeg: lon, latitudeDeg: lat, tiltDeg, scalePx: 400 };
  const widest = (Math.min(free.width, free.height * 1.4) / SMALLEST_EXTENT_KM) * EARTH_KM;
  const out = new Float64Array(2);
  for (let pass = 0; pass < 6; pass++) {
    const camera = createCamera(view, size);
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [pLon, pLat, h] of points) {
      camera.project(pLon, pLat, h, out);
      x0 = Math.min(x0, out[0]);
      x1 = Math.max(x1, out[0]);
      y0 = Math.min(y0, out[1]);
      y1 = Math.max(y1, out[1]);
    }
    const ratio = Math.min(free.width / Math.max(1, x1 - x0), free.height / Math.max(1, y1 - y0));
    const scalePx = Math.min(widest, view.scalePx * ratio);
    const zoom = scalePx / view.scalePx;
    // The middle of the points belongs in the middle of the free part, not of the canvas.
    const wantX = (x0 + x1) / 2 - (padding.left - padding.right) / 2 / zoom;
    const wantY = (y0 + y1) / 2 - (padding.top - padding.bottom) / 2 / zoom;
    const at = camera.invert(wantX, wantY) ?? [view.longitudeDeg, view.latitudeDeg];
    view = clampView({ longitudeDeg: at[0], latitudeDeg: at[1], tiltDeg, scalePx }, size);
  }
  return view;
}

/** Whether a view still shows the points well: all inside the free part, and not lost in too much of it. */
export function stillFits(
  points: readonly Point3[],
  view: View,
  wanted: View,
  size: Size,
  padding: Padding,
): boolean {
  if (wanted.scalePx > view.scalePx * 1.5) return false;
  const camera = createCamera(view, size);
  const out = new Float64Array(2);
  for (const [lon, lat, h] of points) {
    if (!camera.project(lon, lat, h, out) && h === 0) continue;
    if (out[0] < padding.left * 0.4 || out[0] > size.width - padding.right * 0.4) return false;
    if (out[1] < padding.top * 0.4 || out[1] > size.height - padding.bottom * 0.4) return false;
  }
  return true;
}
