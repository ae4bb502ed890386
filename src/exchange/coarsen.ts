/**
 * Coarsening: a place that may be given no finer than a floor. The place becomes the middle of its cell in a grid that
 * is fixed to the earth, and its error ellipse grows by the floor in every direction, so that the pair stays honest:
 * the stated spread covers the error of the estimate and that of the cell.
 *
 * A fixed grid gives nothing to averaging by itself; yet an estimate that wavers about the border of two cells would
 * tell by the share of each how far it is from the border. So the cell that was given last is kept until the estimate
 * is a whole floor away from its middle. What is not hidden: when a place that really moves leaves its cell, that
 * moment tells where the border is; the time of launch or impact is given as it is; and what others give of the same
 * launch. A tracklet cannot be coarsened: it is an increment, and a sum of coarse increments is a fine track again.
 */
import type { Item, ItemKind } from '../model/item.ts';
import type { PointEstimate } from '../model/track.ts';

/** Kinds of items of which every place can be coarsened; what holds tracklets, plots or text cannot. */
export const COARSENED_KINDS: readonly ItemKind[] = ['launch', 'impact'];

/** Metres in a degree of latitude at the least (on the equator), so that a cell is never smaller than its floor. */
const M_PER_DEG = 110_574;
/** Semi-axis of a 95 % ellipse for a standard deviation of one: sqrt(chi-squared with two degrees of freedom). */
const AXIS_95 = Math.sqrt(-2 * Math.log(0.05));
const DEG = Math.PI / 180;

type Place = Pick<PointEstimate, 'latitudeDeg' | 'longitudeDeg'>;

/** Middle of the cell that a place is in: rows of latitude, each cut into cells of at least the floor's width. */
export function cellOf({ latitudeDeg, longitudeDeg }: Place, floorM: number): Place {
  const rows = Math.max(1, Math.floor((180 * M_PER_DEG) / floorM));
  const row = Math.min(rows - 1, Math.max(0, Math.floor(((latitudeDeg + 90) / 180) * rows)));
  const middle = ((row + 0.5) / rows) * 180 - 90;
  const cells = Math.max(1, Math.floor((360 * M_PER_DEG * Math.cos(middle * DEG)) / floorM));
  const cell = Math.min(cells - 1, Math.max(0, Math.floor(((longitudeDeg + 180) / 360) * cells)));
  return { latitudeDeg: middle, longitudeDeg: ((cell + 0.5) / cells) * 360 - 180 };
}

/** North and east from one place to another near it, m, as the greater of the two. */
function apartM(a: Place, b: Place): number {
  const turn = a.longitudeDeg - b.longitudeDeg;
  const east = (turn - 360 * Math.round(turn / 360)) * Math.cos(b.latitudeDeg * DEG);
  return Math.max(Math.abs(a.latitudeDeg - b.latitudeDeg), Math.abs(east)) * M_PER_DEG;
}

function coarsePoint(p: PointEstimate, floorM: number, before: PointEstimate | undefined): PointEstimate {
  const keeps = before !== undefined && apartM(p, before) < floorM;
  const { latitudeDeg, longitudeDeg } = keeps ? before : cellOf(p, floorM);
  const { semiMajorM, semiMinorM, azimuthDeg } = p.ellipse95;
  const grown = (axisM: number): number => Math.hypot(axisM, AXIS_95 * floorM);
  const ellipse95 = { semiMajorM: grown(semiMajorM), semiMinorM: grown(semiMinorM), azimuthDeg };
  return { ...p, latitudeDeg, longitudeDeg, ellipse95 };
}

const apogeeOf = (apogeeKm: number, floorM: number): number =>
  Math.max(1, Math.round((apogeeKm * 1000) / floorM)) * (floorM / 1000);

/**
 * The item with no place finer than the floor, and its label saying so. One that is as coarse already is as it was.
 * `before`: what was given of the item last, coarsened to the same floor.
 */
export function coarsen(item: Item, floorM: number, before?: Item): Item {
  if ((item.label.positionFloorM ?? 0) >= floorM) return item;
  const last = before?.label.positionFloorM === floorM ? before.body : undefined;
  const { launch, impact, apogeeKm, ...rest } = item.body;
  const { tracklet: _, ...body } = rest;
  return {
    ...item,
    label: { ...item.label, positionFloorM: floorM },
    body: {
      ...body,
      ...(launch ? { launch: coarsePoint(launch, floorM, last?.launch) } : {}),
      ...(impact ? { impact: coarsePoint(impact, floorM, last?.impact) } : {}),
      ...(apogeeKm === undefined ? {} : { apogeeKm: apogeeOf(apogeeKm, floorM) }),
    },
  };
}

/** Places differ by rounding alone, degrees: a millimetre. */
const SAME_DEG = 1e-8;

/** Why an item is finer than its label says; undefined if it is not. */
export function finerThanLabel({ label, body }: Item): string | undefined {
  const floorM = label.positionFloorM;
  if (floorM === undefined) return undefined;
  const says = body.withdrawn || body.acknowledges || body.asks || body.answers;
  if (!COARSENED_KINDS.includes(label.kind) && !says)
    return `expected nothing of kind ${label.kind} with a floor of positions`;
  if (body.tracklet) return 'expected no tracklet with a floor of positions';
  for (const p of [body.launch, body.impact]) {
    if (!p) continue;
    const cell = cellOf(p, floorM);
    const off = Math.max(
      Math.abs(p.latitudeDeg - cell.latitudeDeg),
      Math.abs(p.longitudeDeg - cell.longitudeDeg),
    );
    if (off > SAME_DEG || p.ellipse95.semiMinorM < AXIS_95 * floorM * (1 - 1e-9))
      return `expected a ${p.kind} no finer than ${floorM} m, found one`;
  }
  const { apogeeKm } = body;
  if (apogeeKm !== undefined && Math.abs(apogeeKm - apogeeOf(apogeeKm, floorM)) > 1e-6)
    return `expected an apogee no finer than ${floorM} m, found ${apogeeKm} km`;
  return undefined;
}
