/** What lies still: globe, coasts, borders, regions and their names. Painted anew only when the camera moves. */
import { type GeoContext, geoGraticule, geoPath } from 'd3-geo';
import type { Language } from '../../../src/node/wire.ts';
import type { Camera } from './camera.ts';
import type { MapData } from './map-data.ts';
import { MAP } from './palette.ts';

const graticule = geoGraticule().step([10, 10])();
/** From this scale on, regions are told apart on the screen. */
export const REGION_SCALE = 2200;
export const REGION_NAME_SCALE = 5200;

export interface BasemapOptions {
  moving: boolean;
  fontFamily: string;
  language: Language;
}

export function paintBasemap(
  context: CanvasRenderingContext2D,
  camera: Camera,
  maps: MapData | undefined,
  options: BasemapOptions,
): void {
  const { width, height } = camera.size;
  context.fillStyle = MAP.space;
  context.fillRect(0, 0, width, height);
  const projection = camera.projection();
  if (options.moving) projection.precision(2);
  const path = geoPath(projection, context as unknown as GeoContext);
  const shape = (object: Parameters<typeof path>[0]): void => {
    context.beginPath();
    path(object);
  };

  const limb = camera.limb();
  const glow = context.createRadialGradient(
    limb.x,
    limb.y,
    limb.radius * 0.985,
    limb.x,
    limb.y,
    limb.radius * 1.06,
  );
  glow.addColorStop(0, 'rgba(70, 130, 175, 0.34)');
  glow.addColorStop(1, 'rgba(70, 130, 175, 0)');
  context.fillStyle = glow;
  context.fillRect(0, 0, width, height);

  shape({ type: 'Sphere' });
  const ocean = context.createRadialGradient(limb.x, limb.y, limb.radius * 0.2, limb.x, limb.y, limb.radius);
  ocean.addColorStop(0, MAP.ocean);
  ocean.addColorStop(0.8, MAP.ocean);
  ocean.addColorStop(1, MAP.oceanEdge);
  context.fillStyle = ocean;
  context.fill();
  context.strokeStyle = MAP.rim;
  context.lineWidth = 1;
  context.stroke();

  shape(graticule);
  context.strokeStyle = MAP.graticule;
  context.lineWidth = 1;
  context.stroke();

  const countries = options.moving ? maps?.far : (maps?.near ?? maps?.far);
  if (countries) {
    shape(countries.all);
    context.fillStyle = MAP.land;
    context.fill();
    shape(countries.focus);
    context.fillStyle = MAP.focusLand;
    context.fill();
    if (!options.moving && maps && camera.view.scalePx > REGION_SCALE) {
      context.strokeStyle = MAP.region;
      context.lineWidth = 0.7;
      context.beginPath();
      for (const region of maps.regions) path(region.feature);
      context.stroke();
    }
    shape(countries.borders);
    context.strokeStyle = MAP.border;
    context.lineWidth = 0.9;
    context.stroke();
    shape(countries.coasts);
    context.strokeStyle = MAP.coast;
    context.lineWidth = 0.9;
    context.stroke();
  }
  paintNames(context, camera, maps, options);
}

function paintNames(
  context: CanvasRenderingContext2D,
  camera: Camera,
  maps: MapData | undefined,
  { moving, fontFamily, language }: BasemapOptions,
): void {
  const out = new Float64Array(2);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  if (moving || !maps || camera.view.scalePx < REGION_NAME_SCALE) return;
  context.font = `500 11px ${fontFamily}`;
  context.fillStyle = MAP.regionText;
  context.strokeStyle = MAP.halo;
  context.lineWidth = 3;
  context.lineJoin = 'round';
  const taken: [number, number, number][] = [];
  for (const region of maps.regions) {
    if (!camera.project(region.centre[0], region.centre[1], 0, out)) continue;
    const [x, y] = out;
    if (x < 0 || y < 0 || x > camera.size.width || y > camera.size.height) continue;
    const name = region.name[language];
    const half = context.measureText(name).width / 2;
    if (taken.some(([tx, ty, th]) => Math.abs(tx - x) < th + half + 4 && Math.abs(ty - y) < 14)) continue;
    taken.push([x, y, half]);
    context.strokeText(name, x, y);
    context.fillText(name, x, y);
  }
}
