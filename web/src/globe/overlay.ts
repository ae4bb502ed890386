/** What moves: symbols carried on between two pictures, and labels. Painted every frame. */
import type { SiteView, TrackView } from '../../../src/node/wire.ts';
import type { Catalogue } from '../i18n/en.ts';
import { clockTime, duration, number } from '../i18n/format.ts';
import type { Camera } from './camera.ts';
import { extrapolate, type LonLat } from './geometry.ts';
import { createPlacer, type LabelPlacer } from './labels.ts';
import { HOSTILE, HOSTILE_SOFT, MAP, NATION_COLOUR, URGENCY } from './palette.ts';
import type { Scene } from './scene.ts';
import { warnedAreas } from './situation-layer.ts';
import { type Icon, icon, SITE_SIDC, trackSidc } from './symbols.ts';

const SEA_PLACES: readonly (readonly [keyof Catalogue['place']['seaLabel'], LonLat, number])[] = [
  ['eastSea', [135, 39.6], 650],
  ['yellowSea', [123.3, 35.6], 1400],
  ['eastChinaSea', [125, 29.5], 1100],
  ['okhotsk', [149, 53], 500],
  ['pacific', [158, 33], 350],
];

/** Tracks that get a label of their own. */
const LABELLED = 24;
/** The longest time over which a picture is carried on, s of exercise time. */
const LONGEST_S = 20;
const out = new Float64Array(2);
const ground = new Float64Array(2);

export interface Hit {
  kind: 'track' | 'site';
  id: string;
  x: number;
  y: number;
}

export function paintOverlay(
  context: CanvasRenderingContext2D,
  camera: Camera,
  scene: Scene,
  nowUs: number,
  ratio: number,
  hits: Hit[],
): void {
  const { width, height } = camera.size;
  hits.length = 0;
  context.clearRect(0, 0, width, height);
  const placer = createPlacer(width, height);
  // What lies over the map in its corners (globe.css): no label goes under it.
  if (width > 560) {
    placer.block({ x: width - 290, y: 0, width: 290, height: 114 });
    placer.block({ x: 0, y: 0, width: 250, height: 78 });
    placer.block({ x: 0, y: height - 46, width, height: 46 });
  }
  const tracks = scene.picture?.tracks ?? [];
  const seconds = scene.picture ? Math.max(0, Math.min(LONGEST_S, (nowUs - scene.picture.timeUs) / 1e6)) : 0;
  const crowd = tracks.length > LABELLED * 2;
  const size = crowd ? 11 : 22;
  for (let i = tracks.length - 1; i >= 0; i--)
    paintTrack(context, camera, scene, tracks[i], seconds, size, ratio, hits);
  // Labels keep off the symbols, unless there are so many that no place is free anyway.
  if (!crowd) {
    for (const { x, y } of hits)
      placer.block({ x: x - size * 0.8, y: y - size * 0.8, width: size * 1.6, height: size * 1.6 });
  }
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.lineJoin = 'round';
  for (let i = 0; i < Math.min(LABELLED, tracks.length); i++)
    labelTrack(context, camera, scene, tracks[i], seconds, nowUs, placer);
  labelAreas(context, camera, scene, nowUs, placer);
  nameSeas(context, camera, scene, placer);
  for (const site of scene.sites) paintSite(context, camera, scene, site, ratio, placer, hits);
  paintTruth(context, camera, scene, placer);
}

/** Where the vehicles really are: a white cross, for the exercise's controllers alone. */
function paintTruth(
  context: CanvasRenderingContext2D,
  camera: Camera,
  scene: Scene,
  placer: LabelPlacer,
): void {
  for (const { longitudeDeg, latitudeDeg, heightKm } of scene.truth ?? []) {
    if (!camera.project(longitudeDeg, latitudeDeg, heightKm, out)) continue;
    const [x, y] = out;
    context.strokeStyle = MAP.text;
    context.lineWidth = 1.4;
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(x - 9, y);
    context.lineTo(x + 9, y);
    context.moveTo(x, y - 9);
    context.lineTo(x, y + 9);
    context.stroke();
    block(context, placer, { x, y, gap: 12 }, [
      { text: scene.t.health.truthLabel, font: `500 11px ${scene.fontFamily}`, colour: MAP.text },
    ]);
  }
}

function paintTrack(
  context: CanvasRenderingContext2D,
  camera: Camera,
  scene: Scene,
  track: TrackView,
  seconds: number,
  size: number,
  ratio: number,
  hits: Hit[],
): void {
  if (track.status === 'impact') return;
  const { lon, lat, heightKm } = extrapolate(track, seconds);
  if (!camera.project(lon, lat, heightKm, out)) return;
  const [x, y] = out;
  if (x < -40 || y < -40 || x > camera.size.width + 40 || y > camera.size.height + 40) return;
  const grey = track.status !== 'held' || scene.freshness === 'old';
  const symbol = icon(trackSidc(track), size, ratio, grey);
  if (size > 12) {
    if (camera.project(lon, lat, 0, ground)) {
      context.strokeStyle = HOSTILE_SOFT;
      context.globalAlpha = 0.8;
      context.lineWidth = 1;
      context.setLineDash([]);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(ground[0], ground[1]);
      context.stroke();
      context.fillStyle = HOSTILE_SOFT;
      context.beginPath();
      context.arc(ground[0], ground[1], 2.5, 0, 2 * Math.PI);
      context.fill();
      context.globalAlpha = 1;
    }
    if (track.id === scene.selectedTrack) {
      context.strokeStyle = MAP.text;
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(x, y, size * 1.25, 0, 2 * Math.PI);
      context.stroke();
    }
  }
  stamp(context, symbol, x, y, ratio);
  if (grey && size > 12) {
    context.strokeStyle = URGENCY.soon;
    context.lineWidth = 1.6;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.arc(x, y, size * 1.2, 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
  }
  hits.push({ kind: 'track', id: track.id, x, y });
}

/** Draws a symbol pixel for pixel: no scaling, which in a crowd would cost most of a frame. */
function stamp(context: CanvasRenderingContext2D, symbol: Icon, x: number, y: number, ratio: number): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(
    symbol.image,
    Math.round((x - symbol.anchorX) * ratio),
    Math.round((y - symbol.anchorY) * ratio),
  );
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/** Text with a dark edge so that it reads over anything. */
function write(context: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string): void {
  context.strokeStyle = MAP.halo;
  context.lineWidth = 3.5;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function block(
  context: CanvasRenderingContext2D,
  placer: LabelPlacer,
  at: { x: number; y: number; gap: number; must?: boolean },
  lines: readonly { text: string; font: string; colour: string }[],
): void {
  let width = 0;
  for (const line of lines) {
    context.font = line.font;
    width = Math.max(width, context.measureText(line.text).width);
  }
  const lineHeight = 16;
  const box = placer.place(
    at.x,
    at.y,
    Math.ceil(width / 8) * 8 + 6,
    lines.length * lineHeight + 2,
    at.gap,
    at.must,
  );
  if (!box) return;
  const leftward = box.x + box.width / 2 < at.x - 4;
  lines.forEach((line, i) => {
    context.font = line.font;
    const x = leftward ? box.x + box.width - 3 - context.measureText(line.text).width : box.x + 3;
    write(context, line.text, x, box.y + 1 + lineHeight * (i + 0.5), line.colour);
  });
}

function labelTrack(
  context: CanvasRenderingContext2D,
  camera: Camera,
  scene: Scene,
  track: TrackView,
  seconds: number,
  nowUs: number,
  placer: LabelPlacer,
): void {
  const { t, language, fontFamily, zone } = scene;
  // In a crowd only the chosen track keeps its label at any cost.
  const must = track.id === scene.selectedTrack || (scene.picture?.tracks.length ?? 0) <= 6;
  const strong = `600 13px ${fontFamily}`;
  const plain = `400 12px ${fontFamily}`;
  const { lon, lat, heightKm } = extrapolate(track, seconds);
  if (track.status !== 'impact' && camera.project(lon, lat, heightKm, out)) {
    const climb = track.climbDeg > 1 ? '↑' : track.climbDeg < -1 ? '↓' : '→';
    const lines = [
      {
        text: `${track.status === 'held' ? '' : '≈ '}${number(heightKm, language)} km ${climb}`,
        font: strong,
        colour: MAP.text,
      },
      { text: `${number(track.speedMps / 1000, language, 1)} km/s`, font: plain, colour: MAP.text },
    ];
    if (track.status === 'stale') {
      const old = number(Math.max(0, (nowUs - track.lastObservedUs) / 1e6), language);
      lines.push({ text: t.globe.staleTrack(old), font: strong, colour: URGENCY.soon });
    } else if (track.status === 'lost')
      lines.push({ text: t.globe.lostTrack, font: strong, colour: URGENCY.soon });
    block(context, placer, { x: out[0], y: out[1], gap: 26, must }, lines);
  }
  if (track.impact && camera.project(track.impact.longitudeDeg, track.impact.latitudeDeg, 0, out)) {
    const left = track.impact.atUs - nowUs;
    const label = t.globe.impactLabel(`${clockTime(track.impact.atUs, zone)} ${zone}`);
    const lines = [
      {
        text: left <= 0 && track.status !== 'impact' ? t.health.notConfirmed(label) : label,
        font: strong,
        colour: HOSTILE_SOFT,
      },
    ];
    if (left > 0 && track.status !== 'impact')
      lines.push({ text: `−${duration(left)}`, font: strong, colour: HOSTILE });
    block(context, placer, { x: out[0], y: out[1], gap: 16, must }, lines);
  }
  if (track.launch && camera.project(track.launch.longitudeDeg, track.launch.latitudeDeg, 0, out)) {
    const text = `${t.globe.launchLabel} ${clockTime(track.launch.atUs, zone)}`;
    block(context, placer, { x: out[0], y: out[1], gap: 12 }, [{ text, font: plain, colour: HOSTILE_SOFT }]);
  }
}

function labelAreas(
  context: CanvasRenderingContext2D,
  camera: Camera,
  scene: Scene,
  nowUs: number,
  placer: LabelPlacer,
): void {
  const { picture, maps, t, language, fontFamily } = scene;
  if (!picture || !maps) return;
  const areas = warnedAreas(picture.warnings, nowUs);
  if (areas.size === 0) return;
  const strong = `600 12px ${fontFamily}`;
  // The most urgent first: they get the room.
  const ordered = maps.regions
    .flatMap((region) => {
      const area = areas.get(region.code);
      return area && area.urgency !== 'past' ? [{ region, area }] : [];
    })
    .sort((a, b) => Number(a.area.neighbour) - Number(b.area.neighbour) || a.area.atUs - b.area.atUs);
  for (const { region, area } of ordered) {
    if (!camera.project(region.centre[0], region.centre[1], 0, out)) continue;
    const left = area.atUs - nowUs;
    const time = `−${duration(left)}`;
    const when = area.open
      ? t.warnings.open[area.open]
      : left < 0
        ? t.health.due(duration(left))
        : area.threat === 'impact'
          ? t.globe.impactShort(time)
          : t.globe.passageShort(time);
    const lines = [
      { text: region.name[language], font: strong, colour: MAP.text },
      { text: when, font: strong, colour: URGENCY[area.urgency] },
    ];
    block(context, placer, { x: out[0], y: out[1], gap: 14 }, lines);
  }
}

/** Seas are named where nothing else is written. */
function nameSeas(
  context: CanvasRenderingContext2D,
  camera: Camera,
  scene: Scene,
  placer: LabelPlacer,
): void {
  context.font = `italic 400 12px ${scene.fontFamily}`;
  context.letterSpacing = '0.12em';
  context.fillStyle = MAP.seaText;
  for (const [id, [lon, lat], from] of SEA_PLACES) {
    if (camera.view.scalePx < from || !camera.project(lon, lat, 0, out)) continue;
    const text = scene.t.place.seaLabel[id];
    const width = context.measureText(text).width;
    const box = placer.centre(out[0], out[1], width + 8, 16);
    if (box) context.fillText(text, box.x + 4, box.y + 8);
  }
  context.letterSpacing = '0px';
}

function paintSite(
  context: CanvasRenderingContext2D,
  camera: Camera,
  scene: Scene,
  site: SiteView,
  ratio: number,
  placer: LabelPlacer,
  hits: Hit[],
): void {
  if (!camera.project(site.longitudeDeg, site.latitudeDeg, 0, out)) return;
  const [x, y] = out;
  if (x < 0 || y < 0 || x > camera.size.width || y > camera.size.height) return;
  const colour = NATION_COLOUR[site.nation];
  const near = camera.view.scalePx > 2600 || site.id === scene.selectedSite;
  if (near) {
    const symbol = icon(SITE_SIDC[site.kind], 14, ratio, site.notional.length > 0);
    stamp(context, symbol, x, y, ratio);
    context.font = `500 11px ${scene.fontFamily}`;
    const name = site.name[scene.language];
    const box = placer.place(x, y, context.measureText(name).width + 6, 14, 10);
    if (box) write(context, name, box.x + 3, box.y + 7, colour);
  } else {
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = 1.5;
    context.setLineDash(site.notional.length > 0 ? [2, 2] : []);
    context.beginPath();
    context.arc(x, y, 4.5, 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.arc(x, y, 1.8, 0, 2 * Math.PI);
    context.fill();
  }
  hits.push({ kind: 'site', id: site.id, x, y });
}
