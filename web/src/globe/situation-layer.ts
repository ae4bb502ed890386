/** What changes with a picture, a few times a second: coverage, warned areas, trajectories, ellipses. */
import { type GeoContext, geoPath } from 'd3-geo';
import type { PathPoint, SiteView, TrackView, WarningView } from '../../../src/node/wire.ts';
import type { Camera } from './camera.ts';
import { ellipseRing, extrapolate, type LonLat } from './geometry.ts';
import {
  areaUrgency,
  HOSTILE,
  HOSTILE_SOFT,
  MAP,
  NATION_COLOUR,
  type OpenTime,
  openTime,
  URGENCY,
  type Urgency,
} from './palette.ts';
import type { Scene } from './scene.ts';

/** With more tracks than this only the first ones get their whole path: a page of 1,000 arcs says nothing. */
export const FULL_PATHS = 40;
const RANK: Record<Urgency, number> = { now: 0, soon: 1, later: 2, past: 3 };
const out = new Float64Array(2);

export function paintSituation(
  context: CanvasRenderingContext2D,
  camera: Camera,
  scene: Scene,
  nowUs: number,
): void {
  context.clearRect(0, 0, camera.size.width, camera.size.height);
  if (scene.showCoverage) for (const site of scene.sites) paintCoverage(context, camera, site, scene);
  const picture = scene.picture;
  if (!picture) return;
  paintAreas(context, camera, scene, nowUs);
  paintConflicts(context, camera, scene);
  const tracks = picture.tracks;
  for (let i = tracks.length - 1; i >= 0; i--) {
    const track = tracks[i];
    if (i < FULL_PATHS || track.id === scene.selectedTrack)
      paintTrack(context, camera, track, picture.timeUs);
  }
}

/** A warned area on the map. */
export interface WarnedArea {
  atUs: number;
  urgency: Urgency;
  threat: 'impact' | 'passage';
  neighbour: boolean;
  /** Set while no time can be told. */
  open: OpenTime | undefined;
}

/** Areas of all warnings in force, each with the most urgent of its times. */
export function warnedAreas(warnings: readonly WarningView[], nowUs: number): Map<string, WarnedArea> {
  const areas = new Map<string, WarnedArea>();
  for (const warning of warnings) {
    if (!warning.current || warning.messageType === 'cancel') continue;
    for (const area of warning.areas) {
      const level = areaUrgency(warning.stage, (area.atUs - nowUs) / 1e6);
      const held = areas.get(area.code);
      if (held && RANK[held.urgency] <= RANK[level]) continue;
      areas.set(area.code, {
        atUs: area.atUs,
        urgency: level,
        threat: area.threat,
        neighbour: area.neighbour,
        open: openTime(warning.stage),
      });
    }
  }
  return areas;
}

function paintAreas(context: CanvasRenderingContext2D, camera: Camera, scene: Scene, nowUs: number): void {
  const picture = scene.picture;
  if (!picture || !scene.maps) return;
  const areas = warnedAreas(picture.warnings, nowUs);
  if (areas.size === 0) return;
  const path = geoPath(camera.projection(), context as unknown as GeoContext);
  for (const region of scene.maps.regions) {
    const area = areas.get(region.code);
    if (!area) continue;
    const colour = URGENCY[area.urgency];
    context.beginPath();
    path(region.feature);
    context.globalAlpha = area.urgency === 'past' ? 0.22 : area.neighbour ? 0.28 : 0.5;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 0.95;
    context.strokeStyle = colour;
    context.lineWidth = 1.2;
    context.setLineDash(area.neighbour ? [3, 3] : []);
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** Areas about which two authorities disagree: a white outline over whatever else is said of them. */
function paintConflicts(context: CanvasRenderingContext2D, camera: Camera, scene: Scene): void {
  const disputed = new Set(scene.picture?.conflicts?.map((c) => c.area));
  if (disputed.size === 0 || !scene.maps) return;
  const path = geoPath(camera.projection(), context as unknown as GeoContext);
  context.strokeStyle = MAP.text;
  context.lineWidth = 2;
  context.setLineDash([8, 3, 2, 3]);
  for (const region of scene.maps.regions) {
    if (!disputed.has(region.code)) continue;
    context.beginPath();
    path(region.feature);
    context.stroke();
  }
  context.setLineDash([]);
}

/** Draws a ring or line on the ground; parts behind the globe are left out. */
function trace(context: CanvasRenderingContext2D, camera: Camera, points: readonly LonLat[]): void {
  let pen = false;
  for (const [lon, lat] of points) {
    const visible = camera.project(lon, lat, 0, out);
    if (visible && pen) context.lineTo(out[0], out[1]);
    else if (visible) context.moveTo(out[0], out[1]);
    pen = visible;
  }
}

function paintCoverage(
  context: CanvasRenderingContext2D,
  camera: Camera,
  site: SiteView,
  scene: Scene,
): void {
  const selected = site.id === scene.selectedSite;
  const colour = NATION_COLOUR[site.nation];
  // The highest is the widest; the lower ones are for whoever asks for this sensor.
  const highest = [...site.coverage].sort((a, b) => b.heightKm - a.heightKm);
  const rings = selected ? highest : highest.slice(0, 1);
  for (const [i, { ring }] of rings.entries()) {
    if (ring.length < 3) continue;
    context.beginPath();
    trace(context, camera, ring);
    // A satellite's disc is half the globe: its edge alone is drawn.
    if (i === 0 && site.kind === 'radar') {
      context.globalAlpha = selected ? 0.14 : Math.min(0.045, 0.16 / scene.sites.length);
      context.fillStyle = colour;
      context.fill();
    }
    context.globalAlpha = selected ? 0.9 : Math.max(0.2, 0.42 - scene.sites.length * 0.02);
    context.strokeStyle = colour;
    context.lineWidth = selected ? 1.4 : 1;
    const assumed = site.notional.some(
      (n) => n.group === 'sector' || n.group === 'range' || n.group === 'position',
    );
    context.setLineDash(assumed ? [5, 5] : []);
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function raised(context: CanvasRenderingContext2D, camera: Camera, path: readonly PathPoint[]): void {
  let pen = false;
  for (const [lon, lat, height] of path) {
    const visible = camera.project(lon, lat, height, out);
    if (visible && pen) context.lineTo(out[0], out[1]);
    else if (visible) context.moveTo(out[0], out[1]);
    pen = visible;
  }
}

/** The curtain between an arc and its ground track: it makes the height plain to the eye. */
function paintCurtain(
  context: CanvasRenderingContext2D,
  camera: Camera,
  path: readonly PathPoint[],
  alpha: number,
): void {
  if (path.length < 2) return;
  const drop = Math.max(1, Math.floor(path.length / 14));
  const ground = new Float64Array(2);
  context.globalAlpha = alpha;
  context.fillStyle = HOSTILE;
  context.beginPath();
  for (let i = 0; i + 1 < path.length; i++) {
    const [a, b] = [path[i], path[i + 1]];
    const corners = [
      [a[0], a[1], a[2]],
      [b[0], b[1], b[2]],
      [b[0], b[1], 0],
      [a[0], a[1], 0],
    ].map(([lon, lat, h]) => (camera.project(lon, lat, h, out) ? [out[0], out[1]] : undefined));
    if (corners.some((c) => !c)) continue;
    for (const [n, c] of corners.entries()) {
      if (n === 0) context.moveTo(c![0], c![1]);
      else context.lineTo(c![0], c![1]);
    }
    context.closePath();
  }
  context.fill();
  context.globalAlpha = alpha * 2.6;
  context.strokeStyle = HOSTILE_SOFT;
  context.lineWidth = 0.8;
  context.beginPath();
  for (let i = 0; i < path.length; i += drop) {
    const [lon, lat, height] = path[i];
    if (!camera.project(lon, lat, height, out) || !camera.project(lon, lat, 0, ground)) continue;
    camera.project(lon, lat, height, out);
    context.moveTo(out[0], out[1]);
    context.lineTo(ground[0], ground[1]);
  }
  context.stroke();
  context.globalAlpha = 1;
}

function paintTrack(
  context: CanvasRenderingContext2D,
  camera: Camera,
  track: TrackView,
  timeUs: number,
): void {
  const faint = track.status === 'lost' ? 0.45 : track.status === 'stale' ? 0.6 : 1;
  const { lon, lat, heightKm } = extrapolate(track, 0);
  const here: PathPoint = [lon, lat, heightKm, timeUs];
  // Only what was observed counts as flown: a track that is carried on unseen goes on in the dashes of a prediction.
  const unseen = track.status !== 'held';
  const flown: PathPoint[] = unseen ? track.flown : [...track.flown, here];
  const tail = unseen
    ? [
        ...track.flown.slice(-1),
        ...track.predicted.filter((p) => p[3] > track.lastObservedUs && p[3] < timeUs),
      ]
    : [];
  const rest = track.predicted.filter((p) => p[3] > timeUs);
  const ahead: PathPoint[] =
    track.status === 'impact' || tail.length + rest.length === 0 ? [] : [...tail, here, ...rest];
  paintCurtain(context, camera, ahead, 0.04 * faint);
  paintCurtain(context, camera, flown, 0.085 * faint);
  context.lineJoin = 'round';
  context.lineCap = 'round';

  context.globalAlpha = 0.55 * faint;
  context.strokeStyle = HOSTILE_SOFT;
  context.lineWidth = 1;
  context.setLineDash([2, 4]);
  context.beginPath();
  trace(
    context,
    camera,
    [...flown, ...ahead].map((p): LonLat => [p[0], p[1]]),
  );
  context.stroke();

  context.globalAlpha = 0.9 * faint;
  context.strokeStyle = HOSTILE_SOFT;
  context.lineWidth = 1.8;
  context.setLineDash([7, 6]);
  context.beginPath();
  raised(context, camera, ahead);
  context.stroke();

  if (track.launch && flown.length > 0) {
    // From the estimated launch to the first observation nothing was seen: thin dots, not the line of a flight.
    context.globalAlpha = 0.6 * faint;
    context.lineWidth = 1.5;
    context.setLineDash([1.5, 4]);
    context.beginPath();
    raised(context, camera, [
      [track.launch.longitudeDeg, track.launch.latitudeDeg, 0, track.launch.atUs],
      flown[0],
    ]);
    context.stroke();
  }

  context.globalAlpha = faint;
  context.strokeStyle = HOSTILE;
  context.lineWidth = 3;
  context.setLineDash([]);
  context.beginPath();
  raised(context, camera, flown);
  context.stroke();
  context.setLineDash([]);

  if (track.launch) paintEllipse(context, camera, track.launch, faint * 0.8);
  if (track.impact) paintEllipse(context, camera, track.impact, faint);
  context.globalAlpha = 1;
}

function paintEllipse(
  context: CanvasRenderingContext2D,
  camera: Camera,
  estimate: NonNullable<TrackView['impact']>,
  alpha: number,
): void {
  const { semiMajorM, semiMinorM, azimuthDeg } = estimate.ellipse95;
  const centre: LonLat = [estimate.longitudeDeg, estimate.latitudeDeg];
  context.beginPath();
  trace(context, camera, ellipseRing(centre, semiMajorM / 1000, semiMinorM / 1000, azimuthDeg));
  context.globalAlpha = 0.16 * alpha;
  context.fillStyle = HOSTILE;
  context.fill();
  context.globalAlpha = 0.95 * alpha;
  context.strokeStyle = estimate.kind === 'impact' ? HOSTILE : HOSTILE_SOFT;
  context.lineWidth = 1.4;
  context.stroke();
  if (!camera.project(centre[0], centre[1], 0, out)) return;
  // A cross for the impact and a ring for the launch: told apart without colour.
  const [x, y] = out;
  context.lineWidth = 2;
  context.beginPath();
  if (estimate.kind === 'impact') {
    context.moveTo(x - 6, y - 6);
    context.lineTo(x + 6, y + 6);
    context.moveTo(x + 6, y - 6);
    context.lineTo(x - 6, y + 6);
  } else context.arc(x, y, 5, 0, 2 * Math.PI);
  context.stroke();
}
