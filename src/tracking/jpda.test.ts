/** The marginals of joint association against plain enumeration of every joint event. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../earth/random.ts';
import { Marginals } from './jpda.ts';

interface Cluster {
  tracks: number;
  plots: number;
  /** Log weight of each pair, undefined where there is none. */
  gains: (number | undefined)[][];
}

interface Event {
  weight: number;
  plotOf: number[];
}

/** Every joint event, -1 for no plot. */
function events(c: Cluster): Event[] {
  const out: Event[] = [];
  const plotOf: number[] = [];
  const go = (i: number, used: number, weight: number): void => {
    if (i === c.tracks) {
      out.push({ weight, plotOf: [...plotOf] });
      return;
    }
    plotOf[i] = -1;
    go(i + 1, used, weight);
    c.gains[i].forEach((g, j) => {
      if (g === undefined || (used & (1 << j)) !== 0) return;
      plotOf[i] = j;
      go(i + 1, used | (1 << j), weight * Math.exp(g));
    });
  };
  go(0, 0, 1);
  return out;
}

function marginals(c: Cluster, list: Event[]): number[][] {
  const total = list.reduce((sum, e) => sum + e.weight, 0);
  return c.gains.map((row, i) =>
    [...row.keys(), -1].map((j) =>
      list.reduce((sum, e) => sum + (e.plotOf[i] === j ? e.weight / total : 0), 0),
    ),
  );
}

function load(m: Marginals, c: Cluster): void {
  m.begin(c.tracks, c.plots);
  c.gains.forEach((row, i) => {
    row.forEach((g, j) => {
      if (g !== undefined) m.pair(i, j, g);
    });
  });
}

/** The greatest difference to what was expected, over pairs and tracks without a plot. */
function worst(m: Marginals, expected: number[][]): number {
  let most = 0;
  for (let e = 0; e < m.pairs; e++) most = Math.max(most, Math.abs(m.p[e] - expected[m.row[e]][m.column[e]]));
  for (let i = 0; i < m.tracks; i++) most = Math.max(most, Math.abs(m.none[i] - expected[i][m.plots]));
  return most;
}

const cluster = (maxTracks: number, maxPlots: number, low: number, high: number): fc.Arbitrary<Cluster> =>
  fc
    .record({ tracks: fc.integer({ min: 1, max: maxTracks }), plots: fc.integer({ min: 1, max: maxPlots }) })
    .chain(({ tracks, plots }) =>
      fc
        .array(
          fc.array(fc.option(fc.double({ min: low, max: high, noNaN: true }), { nil: undefined }), {
            minLength: plots,
            maxLength: plots,
          }),
          { minLength: tracks, maxLength: tracks },
        )
        .map((gains) => ({ tracks, plots, gains })),
    );

test('exact marginals are those of the enumeration of all joint events', () => {
  const m = new Marginals();
  fc.assert(
    fc.property(cluster(5, 5, -8, 25), (c) => {
      load(m, c);
      m.exact();
      assert.ok(worst(m, marginals(c, events(c))) < 1e-9);
    }),
    { numRuns: 300 },
  );
});

test('exact marginals of eight tracks and plots: rows sum to one, no plot is given twice', () => {
  const random = seededRandom(1);
  const m = new Marginals();
  for (let k = 0; k < 20; k++) {
    load(m, {
      tracks: 8,
      plots: 8,
      gains: Array.from({ length: 8 }, () => Array.from({ length: 8 }, () => 20 - 15 * random.uniform())),
    });
    m.exact();
    for (let i = 0; i < 8; i++) {
      let sum = m.none[i];
      let column = 0;
      for (let e = 0; e < m.pairs; e++) {
        if (m.row[e] === i) sum += m.p[e];
        if (m.column[e] === i) column += m.p[e];
      }
      assert.ok(Math.abs(sum - 1) < 1e-9 && column < 1 + 1e-9);
    }
  }
});

test('belief propagation is exact where the pairs form a tree', () => {
  const m = new Marginals();
  const gain = fc.double({ min: -6, max: 20, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(gain, { minLength: 40, maxLength: 40 }), (n, g) => {
      // A chain: track i with plots i and i + 1; and a plot of its own for each.
      const plots = 2 * n + 1;
      const gains = Array.from({ length: n }, (_, i) =>
        Array.from({ length: plots }, (_, j) =>
          j === i || j === i + 1 || j === n + 1 + i
            ? g[3 * i + (j === i ? 0 : j === i + 1 ? 1 : 2)]
            : undefined,
        ),
      );
      const c: Cluster = { tracks: n, plots, gains };
      load(m, c);
      m.belief();
      assert.ok(worst(m, marginals(c, events(c))) < 1e-3);
    }),
    { numRuns: 200 },
  );
});

test('belief propagation on random clusters of tracks in a plane: mean error below 0.015, 99 % below 0.1', () => {
  const random = seededRandom(3);
  const m = new Marginals();
  const errors: number[] = [];
  for (let k = 0; k < 300; k++) {
    const tracks = 2 + Math.floor(5 * random.uniform());
    // Places within a few standard deviations of each other, 90 % detected, some false plots.
    const at = Array.from({ length: tracks }, () => [4 * random.uniform(), 4 * random.uniform()]);
    const seen = at
      .filter(() => random.uniform() < 0.9)
      .map(([x, y]) => [x + random.normal(), y + random.normal()]);
    for (let f = random.poisson(1); f > 0; f--)
      seen.push([6 * random.uniform() - 1, 6 * random.uniform() - 1]);
    if (seen.length === 0) continue;
    const density = 0.03;
    const c: Cluster = {
      tracks,
      plots: seen.length,
      gains: at.map(([x, y]) =>
        seen.map(([u, v]) => {
          const d2 = (x - u) ** 2 + (y - v) ** 2;
          return d2 > 16 ? undefined : Math.log((0.9 * Math.exp(-d2 / 2)) / (2 * Math.PI * density * 0.1));
        }),
      ),
    };
    load(m, c);
    m.exact();
    const exact = [...m.p.subarray(0, m.pairs)];
    load(m, c);
    m.belief();
    exact.forEach((p, e) => {
      errors.push(Math.abs(p - m.p[e]));
    });
  }
  errors.sort((a, b) => a - b);
  const mean = errors.reduce((a, b) => a + b, 0) / errors.length;
  const high = errors[Math.floor(0.99 * errors.length)];
  assert.ok(mean < 0.015 && high < 0.1, `mean ${mean}, 99 % ${high}, most ${errors[errors.length - 1]}`);
});

test('sixty tracks and plots in one cluster: by belief propagation rows sum to one, plots are not given twice', () => {
  const random = seededRandom(4);
  const m = new Marginals();
  for (let k = 0; k < 10; k++) {
    const gains = Array.from({ length: 60 }, (_, i) =>
      Array.from({ length: 60 }, (_, j) => (Math.abs(i - j) < 5 ? 20 - 8 * random.uniform() : undefined)),
    );
    load(m, { tracks: 60, plots: 60, gains });
    m.belief();
    const columns = new Float64Array(60);
    const rows = Float64Array.from(m.none.subarray(0, 60));
    for (let e = 0; e < m.pairs; e++) {
      columns[m.column[e]] += m.p[e];
      rows[m.row[e]] += m.p[e];
    }
    for (let i = 0; i < 60; i++) assert.ok(Math.abs(rows[i] - 1) < 1e-9 && columns[i] < 1.02);
  }
});
