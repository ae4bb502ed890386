/**
 * Overlay of polygons as one planar map: all edges are cut where they meet (on a grid of 0.0001 degree), each edge
 * learns the region on its two sides, borders between regions become shared arcs, arcs are simplified once for
 * both sides, and rings are traced along them. Regions therefore share borders exactly and cannot overlap.
 */
const GRID = 1e4;
const CELL = 500;
const KM_PER_DEG = 111.195;

/** Spherical area of a ring of [lon, lat] degrees, km2, absolute; good to half a percent. */
export function ringAreaKm2(ring) {
  return Math.abs(signedAreaKm2(ring));
}

function signedAreaKm2(ring) {
  let sum = 0;
  for (let i = 0; i < ring.length; i++) {
    const [x0, y0] = ring[i];
    const [x1, y1] = ring[(i + 1) % ring.length];
    sum += (x0 - x1) * Math.sin((((y0 + y1) / 2) * Math.PI) / 180);
  }
  return (sum * Math.PI * 6371.01 * 6371.01) / 180;
}

/**
 * @param polygons [{code, rings}] of the source, rings of [lon, lat]
 * @param outlines [{code, adds, from, ring}] laid over it, first match first
 * @returns Map from code to the coordinates of a MultiPolygon
 */
export function buildRings(polygons, outlines, { simplifyM, sliverKm2, gapKm2 }) {
  const rings = [];
  const sources = polygons.map((p) => ({ code: p.code, rings: p.rings.map((r) => addRing(rings, r)) }));
  const overlays = outlines.map((o) => ({ ...o, rings: [addRing(rings, o.ring)] }));
  node(rings);
  for (const layer of [...sources, ...overlays]) layer.box = boxOf(layer.rings[0].points);

  const regionAt = (x, y) => {
    const source = sources.find((s) => inside(s, x, y))?.code;
    for (const o of overlays) {
      if (!(o.adds || source) || (o.from && !o.from.includes(source))) continue;
      if (inside(o, x, y)) return o.code;
    }
    return source;
  };

  let edges = labelEdges(rings, regionAt);
  for (let round = 0; round < 4; round++) {
    const changed = mergeSlivers(edges, sliverKm2, gapKm2);
    edges = edges.filter((e) => e.left !== e.right);
    if (!changed) break;
  }
  const arcs = makeArcs(edges);
  simplifyArcs(arcs, simplifyM);
  const simple = arcs.flatMap((arc) =>
    arc.thin.slice(1).map((b, i) => ({ a: arc.thin[i], b, left: arc.left, right: arc.right })),
  );
  return assemble(simple);
}

function addRing(rings, points) {
  const out = [];
  for (const [x, y] of points) {
    const p = [Math.round(x * GRID), Math.round(y * GRID)];
    const last = out.at(-1);
    if (!last || last[0] !== p[0] || last[1] !== p[1]) out.push(p);
  }
  const [first, last] = [out[0], out.at(-1)];
  if (first[0] === last[0] && first[1] === last[1]) out.pop();
  const ring = { points: out };
  rings.push(ring);
  return ring;
}

/** Cuts every edge at its crossings with others and at vertices that lie on it, until none is left. */
function node(rings) {
  for (let round = 0; round < 12; round++) {
    const segments = [];
    rings.forEach((ring, r) => {
      ring.points.forEach((a, i) => {
        segments.push({ r, i, a, b: ring.points[(i + 1) % ring.points.length], cuts: [] });
      });
    });
    const seen = new Set();
    let count = 0;
    eachPair(segments, (s, t) => {
      const key = s.id < t.id ? s.id * 1e6 + t.id : t.id * 1e6 + s.id;
      if (seen.has(key)) return;
      seen.add(key);
      for (const [u, v] of [
        [s, t],
        [t, s],
      ]) {
        for (const p of [v.a, v.b])
          if (onSegment(u, p)) {
            u.cuts.push(p);
            count++;
          }
      }
      const p = crossing(s, t);
      if (!p) return;
      for (const u of [s, t])
        if (!same(p, u.a) && !same(p, u.b)) {
          u.cuts.push(p);
          count++;
        }
    });
    if (count === 0) return;
    rings.forEach((ring) => {
      ring.next = [];
    });
    for (const s of segments) {
      const out = rings[s.r].next;
      const d = (p) => (p[0] - s.a[0]) ** 2 + (p[1] - s.a[1]) ** 2;
      for (const p of [s.a, ...s.cuts.sort((p, q) => d(p) - d(q))])
        if (!out.length || !same(out.at(-1), p)) out.push(p);
    }
    for (const ring of rings) {
      ring.points = ring.next;
      delete ring.next;
    }
  }
  throw new Error('the outlines do not settle on the grid');
}

function eachPair(segments, visit) {
  const cells = new Map();
  segments.forEach((s, id) => {
    s.id = id;
    const [x0, x1] = [Math.min(s.a[0], s.b[0]) - 2, Math.max(s.a[0], s.b[0]) + 2].map((v) =>
      Math.floor(v / CELL),
    );
    const [y0, y1] = [Math.min(s.a[1], s.b[1]) - 2, Math.max(s.a[1], s.b[1]) + 2].map((v) =>
      Math.floor(v / CELL),
    );
    for (let x = x0; x <= x1; x++) {
      for (let y = y0; y <= y1; y++) {
        const key = x * 1e5 + y;
        const cell = cells.get(key);
        if (!cell) cells.set(key, [s]);
        else {
          for (const t of cell) visit(s, t);
          cell.push(s);
        }
      }
    }
  });
}

const same = (p, q) => p[0] === q[0] && p[1] === q[1];

/** True if p, no end of the segment, lies within 0.7 grid units of it. */
function onSegment({ a, b }, p) {
  if (same(p, a) || same(p, b)) return false;
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const n = dx * dx + dy * dy;
  const t = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / n;
  if (t <= 0 || t >= 1) return false;
  return ((p[0] - a[0]) * dy - (p[1] - a[1]) * dx) ** 2 < 0.49 * n;
}

function crossing(s, t) {
  const [ax, ay] = s.a;
  const [bx, by] = s.b;
  const [cx, cy] = t.a;
  const [dx, dy] = t.b;
  const side = (px, py, qx, qy, rx, ry) => (qx - px) * (ry - py) - (qy - py) * (rx - px);
  const d1 = side(ax, ay, bx, by, cx, cy);
  const d2 = side(ax, ay, bx, by, dx, dy);
  const d3 = side(cx, cy, dx, dy, ax, ay);
  const d4 = side(cx, cy, dx, dy, bx, by);
  if (!(d1 * d2 < 0 && d3 * d4 < 0)) return undefined;
  const u = d1 / (d1 - d2);
  return [Math.round(cx + u * (dx - cx)), Math.round(cy + u * (dy - cy))];
}

function boxOf(points) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

function inside({ box, rings }, x, y) {
  if (x < box[0] || y < box[1] || x > box[2] || y > box[3]) return false;
  return rings.reduce((odd, ring) => odd !== crossesOdd(ring.points, x, y), false);
}

function crossesOdd(points, x, y) {
  let odd = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [xi, yi] = points[i];
    const [xj, yj] = points[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

function labelEdges(rings, regionAt) {
  const edges = new Map();
  for (const { points } of rings) {
    points.forEach((a, i) => {
      const b = points[(i + 1) % points.length];
      if (same(a, b)) return;
      const [p, q] = a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? [a, b] : [b, a];
      edges.set(`${p},${q}`, { a: p, b: q });
    });
  }
  return [...edges.values()].filter((e) => {
    const [dx, dy] = [e.b[0] - e.a[0], e.b[1] - e.a[1]];
    const step = 0.01 / Math.hypot(dx, dy);
    // Off the middle, so that a symmetric neighbour is not met exactly.
    const [mx, my] = [e.a[0] + dx * 0.4987, e.a[1] + dy * 0.4987];
    e.left = regionAt(mx - dy * step, my + dx * step);
    e.right = regionAt(mx + dy * step, my - dx * step);
    return e.left !== e.right;
  });
}

/** Rings of one label (undefined: the sea) with that label on the left, counter-clockwise outside. */
function traceRings(edges, label) {
  const out = new Map();
  for (const e of edges) {
    for (const [from, to, left] of [
      [e.a, e.b, e.left],
      [e.b, e.a, e.right],
    ]) {
      if (left !== label) continue;
      const key = `${from}`;
      const half = { from, to, edge: e, forward: from === e.a, used: false };
      const list = out.get(key);
      if (list) list.push(half);
      else out.set(key, [half]);
    }
  }
  const found = [];
  for (const list of out.values()) {
    for (const start of list) {
      if (start.used) continue;
      const ring = [];
      let h = start;
      while (h && !h.used) {
        h.used = true;
        ring.push(h);
        h = leftmost(h, out.get(`${h.to}`) ?? []);
      }
      found.push(ring);
    }
  }
  return found;
}

function leftmost(h, choices) {
  const back = Math.atan2(h.from[1] - h.to[1], h.from[0] - h.to[0]);
  let best;
  let bestTurn = Infinity;
  for (const c of choices) {
    if (c.used) continue;
    let turn = back - Math.atan2(c.to[1] - c.from[1], c.to[0] - c.from[0]);
    while (turn <= 1e-12) turn += 2 * Math.PI;
    if (turn < bestTurn) {
      bestTurn = turn;
      best = c;
    }
  }
  return best;
}

const toDegrees = ([x, y]) => [x / GRID, y / GRID];

/** Gives slivers (small parts that touch another region) and small gaps to the neighbour of the longest border. */
function mergeSlivers(edges, sliverKm2, gapKm2) {
  let changed = false;
  const labels = new Set(edges.flatMap((e) => [e.left, e.right]));
  for (const label of labels) {
    for (const ring of traceRings(edges, label)) {
      const area = signedAreaKm2(ring.map((h) => toDegrees(h.from)));
      if (area <= 0 || area > (label === undefined ? gapKm2 : sliverKm2)) continue;
      const lengths = new Map();
      for (const h of ring) {
        const other = h.forward ? h.edge.right : h.edge.left;
        if (other === undefined || other === label) continue;
        lengths.set(other, (lengths.get(other) ?? 0) + Math.hypot(h.to[0] - h.from[0], h.to[1] - h.from[1]));
      }
      if (lengths.size === 0) continue;
      const winner = [...lengths].sort((p, q) => q[1] - p[1])[0][0];
      for (const h of ring) {
        if (h.forward) h.edge.left = winner;
        else h.edge.right = winner;
      }
      changed = true;
    }
  }
  return changed;
}

/** Maximal chains of edges with the same two sides. */
function makeArcs(edges) {
  const at = new Map();
  for (const e of edges) {
    for (const p of [e.a, e.b]) {
      const list = at.get(`${p}`);
      if (list) list.push(e);
      else at.set(`${p}`, [e]);
    }
  }
  const used = new Set();
  const arcs = [];
  const walk = (e, from) => {
    const forward = from === e.a;
    const arc = { points: [from], left: forward ? e.left : e.right, right: forward ? e.right : e.left };
    let edge = e;
    let p = from;
    for (;;) {
      used.add(edge);
      p = same(edge.a, p) ? edge.b : edge.a;
      arc.points.push(p);
      const next = at.get(`${p}`);
      if (next.length !== 2) break;
      const other = next[0] === edge ? next[1] : next[0];
      if (used.has(other)) break;
      edge = other;
    }
    arcs.push(arc);
  };
  for (const list of at.values()) {
    if (list.length === 2) continue;
    for (const e of list) {
      if (!used.has(e)) walk(e, at.get(`${e.a}`) === list ? e.a : e.b);
    }
  }
  for (const e of edges) if (!used.has(e)) walk(e, e.a);
  return arcs;
}

/** Douglas-Peucker on each arc; arcs that come to cross another are done again more finely. */
function simplifyArcs(arcs, toleranceM) {
  for (const arc of arcs) arc.toleranceKm = toleranceM / 1000;
  let todo = arcs;
  for (let round = 0; round < 8 && todo.length > 0; round++) {
    for (const arc of todo) arc.thin = thinOut(arc.points, arc.toleranceKm);
    const segments = arcs.flatMap((arc) => arc.thin.slice(1).map((b, i) => ({ arc, a: arc.thin[i], b })));
    const bad = new Set();
    eachPair(segments, (s, t) => {
      if (
        crossing(s, t) ||
        onSegment(s, t.a) ||
        onSegment(s, t.b) ||
        onSegment(t, s.a) ||
        onSegment(t, s.b)
      ) {
        bad.add(s.arc).add(t.arc);
      }
    });
    todo = [...bad];
    for (const arc of todo) arc.toleranceKm /= round < 5 ? 2 : 1e9;
  }
}

function thinOut(points, toleranceKm) {
  const keep = new Set([0, points.length - 1]);
  const scale = Math.cos((points[0][1] / GRID / 180) * Math.PI);
  const km = ([x, y]) => [(x / GRID) * KM_PER_DEG * scale, (y / GRID) * KM_PER_DEG];
  const flat = points.map(km);
  const split = (i, j, force) => {
    let worst = force ? -1 : toleranceKm;
    let at = -1;
    for (let k = i + 1; k < j; k++) {
      const d = distance(flat[k], flat[i], flat[j]);
      if (d > worst) {
        worst = d;
        at = k;
      }
    }
    if (at < 0) return;
    keep.add(at);
    split(i, at, false);
    split(at, j, false);
  };
  if (same(points[0], points.at(-1))) {
    // A closed arc keeps at least four corners, so that no island vanishes.
    const half = farthest(flat, 0);
    keep.add(half);
    split(0, half, true);
    split(half, points.length - 1, true);
  } else split(0, points.length - 1, false);
  return points.filter((_, i) => keep.has(i));
}

function farthest(flat, from) {
  let best = 1;
  for (let i = 1; i < flat.length; i++)
    if (distance(flat[i], flat[from], flat[from]) > distance(flat[best], flat[from], flat[from])) best = i;
  return best;
}

function distance([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const n = dx * dx + dy * dy;
  const t = n === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / n));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Rings into polygons with their holes, [lon, lat] degrees, closed. */
function assemble(edges) {
  const result = new Map();
  for (const label of new Set(edges.flatMap((e) => [e.left, e.right]))) {
    if (label === undefined) continue;
    const rings = traceRings(edges, label).map((ring) => ring.map((h) => toDegrees(h.from)));
    const outer = rings
      .filter((r) => signedAreaKm2(r) > 0)
      .map((r) => ({ rings: [r], area: signedAreaKm2(r) }));
    outer.sort((p, q) => p.area - q.area);
    for (const hole of rings.filter((r) => signedAreaKm2(r) <= 0)) {
      const middle = [(hole[0][0] + hole[1][0]) / 2, (hole[0][1] + hole[1][1]) / 2];
      const home = outer.find((o) => crossesOdd(o.rings[0], ...middle));
      if (!home) throw new Error(`${label}: a hole without a home at ${middle}`);
      home.rings.push(hole);
    }
    outer.sort((p, q) => q.area - p.area);
    result.set(
      label,
      outer.map((o) => o.rings.map((r) => [...r, r[0]])),
    );
  }
  return result;
}
