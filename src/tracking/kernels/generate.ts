/**
 * Writes the straight-line kernels of the filters' hot path (`kernels.gen.ts`): for matrices this small, loops
 * and their index arithmetic cost several times the arithmetic itself. Run this file to write them anew; a
 * test holds the written file equal to what this makes, and the kernels equal to plain loops.
 */
import { writeFileSync } from 'node:fs';

type Entry = string; // '0', '1' or an expression without operators of low precedence.

/** Sum of products a_k * b_k, zeros left out, ones not multiplied. */
function dot(a: readonly Entry[], b: readonly Entry[]): string {
  const terms: string[] = [];
  for (let k = 0; k < a.length; k++) {
    if (a[k] === '0' || b[k] === '0') continue;
    if (a[k] === '1') terms.push(b[k]);
    else if (b[k] === '1') terms.push(a[k]);
    else terms.push(`${a[k]} * ${b[k]}`);
  }
  return terms.length > 0 ? terms.join(' + ') : '0';
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const upper = (i: number, j: number): string => (i <= j ? `p${i}${j}` : `p${j}${i}`);

/** Lines of P = F P F' on `s[po..]`, n x n by rows, plus what `noise` adds to an element. */
function sandwich(
  n: number,
  f: readonly (readonly Entry[])[],
  noise: (i: number, j: number) => string | undefined,
): string[] {
  const lines: string[] = [];
  for (const i of range(n)) for (let j = i; j < n; j++) lines.push(`const p${i}${j} = s[po + ${n * i + j}];`);
  const results: string[] = [];
  for (const i of range(n)) {
    for (let j = i; j < n; j++) {
      const added = noise(i, j);
      const value = `${dot(
        range(n).map((k) => `a${i}${k}`),
        f[j],
      )}${added ? ` + ${added}` : ''}`;
      results.push(
        i === j
          ? `s[po + ${n * i + j}] = ${value};`
          : `s[po + ${n * i + j}] = s[po + ${n * j + i}] = ${value};`,
      );
    }
  }
  const used = new Set(results.join(' ').match(/a\d\d/g));
  for (const i of range(n)) {
    for (const j of range(n)) {
      if (used.has(`a${i}${j}`))
        lines.push(
          `const a${i}${j} = ${dot(
            f[i],
            range(n).map((k) => upper(k, j)),
          )};`,
        );
    }
  }
  return [...lines, ...results];
}

function body(name: string, doc: string, parameters: string, lines: readonly string[]): string {
  return `/** ${doc} */\nexport function ${name}(${parameters}): void {\n${lines.map((l) => `  ${l}`).join('\n')}\n}\n`;
}

/** White acceleration: pp, pv, vv on the diagonals of the blocks of position and velocity. */
function white(i: number, j: number): string | undefined {
  if (i < 3 && j === i) return 'pp';
  if (i < 3 && j === i + 3) return 'pv';
  if (i >= 3 && i < 6 && j === i) return 'vv';
  return undefined;
}

function jerk(i: number, j: number): string | undefined {
  const block = ['pp', 'pv', 'pa', 'vv', 'va', 'aa'];
  const row = Math.floor(i / 3);
  const column = Math.floor(j / 3);
  if (i % 3 !== j % 3) return undefined;
  return block[row === 0 ? column : row === 1 ? column + 2 : 5];
}

const f6 = range(6).map((i) => range(6).map((j) => `f${i}${j}`));
/** What the coast step leaves at 0: the velocity moves the position along each axis and, by the turning Earth, between x and y. */
const zero = (i: number, j: number): boolean => i < 3 && j >= 3 && (i === 2) !== (j === 5);
const coastF6 = f6.map((r, i) => r.map((e, j) => (zero(i, j) ? '0' : e)));
const loadF6 = range(36).map((k) => `const f${Math.floor(k / 6)}${k % 6} = f[${k}];`);
const loadCoastF6 = loadF6.filter((_, k) => !zero(Math.floor(k / 6), k % 6));

/** Loads the noise: handed over in an array, for numbers as arguments of so large a function are made into objects. */
const load = (...names: string[]): string[] => names.map((name, k) => `const ${name} = q[${k}];`);

function predict6(): string {
  return body(
    'predictCovariance6',
    "P = F P F' + white acceleration (q: its part in position, between position and velocity, in velocity) for the coast-6 model; F 6 x 6 by rows.",
    's: Float64Array, po: number, f: Float64Array, q: Float64Array',
    [...loadF6, ...load('pp', 'pv', 'vv'), ...sandwich(6, f6, white)],
  );
}

/** Ballistic-7 above the air: ln B is carried along, F = [F6 0; 0 1]. */
function predict7Vacuum(): string {
  const f = [...coastF6.map((r) => [...r, '0']), [...range(6).map(() => '0'), '1']];
  return body(
    'predictCovariance7Vacuum',
    'The same for ballistic-7 above the air, where ln B is only carried along; F as the coast step makes it.',
    's: Float64Array, po: number, f: Float64Array, q: Float64Array',
    [...loadCoastF6, ...load('pp', 'pv', 'vv'), ...sandwich(7, f, white)],
  );
}

function predict7(): string {
  const f = [...f6.map((r, i) => [...r, `g${i}`]), [...range(6).map(() => '0'), '1']];
  return body(
    'predictCovariance7',
    'The same for ballistic-7 in the air; `g` is the column of ln B, whose noise is the last of `q`.',
    's: Float64Array, po: number, f: Float64Array, g: Float64Array, q: Float64Array',
    [
      ...loadF6,
      ...range(6).map((i) => `const g${i} = g[${i}];`),
      ...load('pp', 'pv', 'vv', 'bb'),
      ...sandwich(7, f, (i, j) => (i === 6 && j === 6 ? 'bb' : white(i, j))),
    ],
  );
}

/** Of lift with drag; and of thrust, whose transition has the zeros of the coast step. */
function predict9(free: boolean): string {
  const f = [
    ...range(3).map((i) => [...(free ? coastF6[i] : f6[i]), ...range(3).map((j) => (i === j ? 'h' : '0'))]),
    ...range(3).map((i) => [...f6[3 + i], ...range(3).map((j) => (i === j ? 'dt' : '0'))]),
    ...range(3).map((i) => [...range(6).map(() => '0'), ...range(3).map((j) => `e${i}${j}`)]),
  ];
  return body(
    free ? 'predictCovariance9Free' : 'predictCovariance9',
    `P = F P F' + white jerk: F = [F6 | h I; dt I] over [0 | E]${free ? ', F6 as the thrust step makes it' : ''}; q: dt, h, and the noise by blocks, upper triangle by rows.`,
    's: Float64Array, po: number, f: Float64Array, e: Float64Array, q: Float64Array',
    [
      ...(free ? loadCoastF6 : loadF6),
      ...range(9).map((k) => `const e${Math.floor(k / 3)}${k % 3} = e[${k}];`),
      ...load('dt', 'h', 'pp', 'pv', 'pa', 'vv', 'va', 'aa'),
      ...sandwich(9, f, jerk),
    ],
  );
}

/** S = H P H' + R over position, factored; whitened residual; then mean and covariance. `m` components. */
function innovation(n: number, m: number): string {
  const lines = [
    ...range(m).flatMap((k) => range(3).map((j) => `const h${k}${j} = h[${6 * k + j}];`)),
    ...range(n).flatMap((i) => [
      ...range(3).map((j) => `const q${i}${j} = s[po + ${n * i + j}];`),
      ...range(m).map((k) => `const y${i}${k} = q${i}0 * h${k}0 + q${i}1 * h${k}1 + q${i}2 * h${k}2;`),
      ...range(m).map((k) => `pht[${4 * i + k}] = y${i}${k};`),
    ]),
    ...range(m).flatMap((k) =>
      range(k + 1).flatMap((l) => {
        const sum = `h${k}0 * y0${l} + h${k}1 * y1${l} + h${k}2 * y2${l}${k === l ? ` + r[${k}]` : ''}${range(
          l,
        )
          .map((c) => ` - l${k}${c} * l${l}${c}`)
          .join('')}`;
        return k === l
          ? [
              `const d${k} = ${sum};`,
              `if (!(d${k} > 0)) return false;`,
              `const l${k}${k} = Math.sqrt(d${k});`,
              `factor[${5 * k}] = l${k}${k};`,
            ]
          : [`const l${k}${l} = (${sum}) / l${l}${l};`, `factor[${4 * k + l}] = l${k}${l};`];
      }),
    ),
    ...range(m).map(
      (k) =>
        `const w${k} = (z[${k}]${range(k)
          .map((c) => ` - l${k}${c} * w${c}`)
          .join('')}) / l${k}${k};`,
    ),
    ...range(m).map((k) => `white[${k}] = w${k};`),
    `gate.distance2 = ${range(m)
      .map((k) => `w${k} * w${k}`)
      .join(' + ')};`,
    `gate.logLikelihood = -0.5 * (gate.distance2 + Math.log(${range(m)
      .map((k) => `d${k}`)
      .join(' * ')})) - ${(m / 2) * 1.8378770664093453};`,
    'return true;',
  ];
  return `/** Innovation of ${m} components on position for a state of ${n}: fills the scratch. False if S is not positive definite. */\nexport function innovation${n}x${m}(s: Float64Array, po: number, h: Float64Array, r: Float64Array, z: Float64Array): boolean {\n${lines.map((l) => `  ${l}`).join('\n')}\n}\n`;
}

function gain(n: number, m: number): string {
  const lines = [
    ...range(m).flatMap((k) =>
      range(k + 1).map((l) =>
        k === l ? `const i${k} = 1 / factor[${5 * k}];` : `const l${k}${l} = factor[${4 * k + l}];`,
      ),
    ),
    ...range(m).map((k) => `const z${k} = white[${k}];`),
    ...range(n).flatMap((i) => [
      ...range(m).map(
        (k) =>
          `const w${i}${k} = (pht[${4 * i + k}]${range(k)
            .map((c) => ` - l${k}${c} * w${i}${c}`)
            .join('')}) * i${k};`,
      ),
      `s[xo + ${i}] += ${range(m)
        .map((k) => `w${i}${k} * z${k}`)
        .join(' + ')};`,
    ]),
    ...range(n).flatMap((i) =>
      range(n - i).map((d) => {
        const j = i + d;
        const value = `s[po + ${n * i + j}] - (${range(m)
          .map((k) => `w${i}${k} * w${j}${k}`)
          .join(' + ')})`;
        return i === j
          ? `s[po + ${n * i + j}] = ${value};`
          : `s[po + ${n * i + j}] = s[po + ${n * j + i}] = ${value};`;
      }),
    ),
  ];
  return body(
    `gain${n}x${m}`,
    `Applies the innovation in the scratch to mean and covariance of a state of ${n}.`,
    's: Float64Array, xo: number, po: number',
    lines,
  );
}

/** Mean and covariance of the mixture of updates with several plots that share H, m of them in the space of the plots. */
function blend(n: number): string {
  const m = (a: number, b: number): string => `m${Math.max(a, b)}${Math.min(a, b)}`;
  const lines = [
    ...range(3).flatMap((k) => range(3).map((j) => `const h${k}${j} = h[${6 * k + j}];`)),
    ...range(3).map((k) => `const u${k} = u[${k}];`),
    ...range(3).flatMap((k) => range(k + 1).map((l) => `const m${k}${l} = m[${(k * (k + 1)) / 2 + l}];`)),
    ...range(n).flatMap((i) => [
      ...range(3).map((j) => `const q${i}${j} = s[pi + ${n * i + j}];`),
      ...range(3).map((k) => `const y${i}${k} = q${i}0 * h${k}0 + q${i}1 * h${k}1 + q${i}2 * h${k}2;`),
      `s[xo + ${i}] = s[xi + ${i}] + (${range(3)
        .map((k) => `y${i}${k} * u${k}`)
        .join(' + ')});`,
    ]),
    ...range(n).flatMap((i) => [
      ...range(3).map(
        (k) =>
          `const t${i}${k} = ${range(3)
            .map((l) => `${m(k, l)} * y${i}${l}`)
            .join(' + ')};`,
      ),
      ...range(n - i).map((d) => {
        const j = i + d;
        const value = `s[pi + ${n * i + j}] - (${range(3)
          .map((k) => `t${i}${k} * y${j}${k}`)
          .join(' + ')})`;
        return i === j
          ? `s[po + ${n * i + j}] = ${value};`
          : `s[po + ${n * i + j}] = s[po + ${n * j + i}] = ${value};`;
      }),
    ]),
  ];
  return body(
    `blend${n}`,
    `x + P H' u and P - P H' M H P of a state of ${n} at xi, pi into xo, po (other places); H 3 x 3 over position, by rows of six, M the lower triangle.`,
    's: Float64Array, xi: number, pi: number, xo: number, po: number, h: Float64Array, u: Float64Array, m: Float64Array',
    lines,
  );
}

/** Lines of the acceleration of a free body at x, y, z with vx, vy (suffix k), as earth/gravity.ts has it, plus what is added along each axis. */
function acceleration(k: number, added = (_axis: string): string => ''): string[] {
  return [
    `const n${k} = x${k} * x${k} + y${k} * y${k} + z${k} * z${k};`,
    `const i${k} = 1 / n${k};`,
    `const m${k} = -EARTH_GM * i${k} * Math.sqrt(i${k});`,
    `const j${k} = J2_A2 * i${k};`,
    `const q${k} = 5 * z${k} * z${k} * i${k};`,
    `const c${k} = m${k} * (1 + j${k} * (1 - q${k})) + SPIN2;`,
    `const ax${k} = c${k} * x${k} + CORIOLIS * vy${k}${added('x')};`,
    `const ay${k} = c${k} * y${k} - CORIOLIS * vx${k}${added('y')};`,
    `const az${k} = m${k} * z${k} * (1 + j${k} * (3 - q${k}))${added('z')};`,
  ];
}

const AXES = ['x', 'y', 'z'];

/** Lines of a Runge-Kutta step over `dt`; `added(k)`: what is added to the k-th acceleration. */
function rungeKutta(added: (k: number) => ((axis: string) => string) | undefined): string[] {
  const lines = [
    ...AXES.flatMap((c, i) => [`const ${c}1 = s[xo + ${i}];`, `const v${c}1 = s[xo + ${3 + i}];`]),
    'const h2 = 0.5 * dt;',
    ...acceleration(1, added(1)),
  ];
  for (const [k, last, h] of [
    [2, 1, 'h2'],
    [3, 2, 'h2'],
    [4, 3, 'dt'],
  ] as const) {
    lines.push(
      ...AXES.flatMap((c) => [
        `const ${c}${k} = ${c}1 + ${h} * v${c}${last};`,
        `const v${c}${k} = v${c}1 + ${h} * a${c}${last};`,
      ]),
      ...acceleration(k, added(k)),
    );
  }
  lines.push('const h6 = dt / 6;');
  AXES.forEach((c, i) => {
    lines.push(`s[xo + ${i}] = ${c}1 + h6 * (v${c}1 + 2 * (v${c}2 + v${c}3) + v${c}4);`);
    lines.push(`s[xo + ${3 + i}] = v${c}1 + h6 * (a${c}1 + 2 * (a${c}2 + a${c}3) + a${c}4);`);
  });
  return lines;
}

/** Lines of its transition matrix into `f`: gradient of the central attraction and of the centrifugal term at the middle. */
function coastTransition(): string[] {
  const lines = ['const t = -3 * m2 * i2;', 'const d = m2 + SPIN2;', 'const h = h2 * dt;'];
  lines.push('const g00 = t * x2 * x2 + d;', 'const g01 = t * x2 * y2;', 'const g02 = t * x2 * z2;');
  lines.push('const g11 = t * y2 * y2 + d;', 'const g12 = t * y2 * z2;', 'const g22 = t * z2 * z2 + m2;');
  const g = (i: number, j: number): string => (i <= j ? `g${i}${j}` : `g${j}${i}`);
  for (const i of range(3)) {
    for (const j of range(3)) {
      const one = i === j ? '1 + ' : '';
      const w = i === 0 && j === 1 ? 'CORIOLIS' : i === 1 && j === 0 ? '-CORIOLIS' : undefined;
      const wg = i === 0 ? ` + CORIOLIS * ${g(1, j)} * h` : i === 1 ? ` - CORIOLIS * ${g(0, j)} * h` : '';
      const ww = i === j && i < 2 ? ' - CORIOLIS * CORIOLIS * h' : '';
      lines.push(`f[${6 * i + j}] = ${one}${g(i, j)} * h;`);
      lines.push(`f[${6 * i + 3 + j}] = ${i === j ? 'dt' : w ? `${w} * h` : '0'};`);
      lines.push(`f[${6 * (3 + i) + j}] = ${g(i, j)} * dt${wg};`);
      lines.push(`f[${6 * (3 + i) + 3 + j}] = ${one}${g(i, j)} * h${w ? ` + ${w} * dt` : ''}${ww};`);
    }
  }
  return lines;
}

function coastStep(): string {
  return body(
    'coastStep',
    'One Runge-Kutta step of a free body above the air, `s[xo..xo+5]` in place; with `jacobian` its transition matrix into `f`.',
    's: Float64Array, xo: number, dt: number, jacobian: boolean, f: Float64Array',
    [...rungeKutta(() => undefined), 'if (!jacobian) return;', ...coastTransition()],
  );
}

function thrustStep(): string {
  const growth = [undefined, 'half', 'half', 'full'];
  return body(
    'thrustStep',
    'The same with an acceleration `s[xo+6..xo+8]` besides, which grows over the step: q holds dt and its factor at the middle and at the end.',
    's: Float64Array, xo: number, q: Float64Array, f: Float64Array',
    [
      ...load('dt', 'half', 'full'),
      ...AXES.map((c, i) => `const t${c} = s[xo + ${6 + i}];`),
      ...rungeKutta((k) => (c) => ` + ${growth[k - 1] ? `${growth[k - 1]} * ` : ''}t${c}`),
      ...AXES.map((c, i) => `s[xo + ${6 + i}] = full * t${c};`),
      ...coastTransition(),
    ],
  );
}

export function kernelSource(): string {
  const head = `// biome-ignore-all format: written by generate.ts
// biome-ignore-all lint: written by generate.ts
import { EARTH_J2 } from '../../earth/gravity.ts';
import { EARTH_GM, EARTH_OMEGA, WGS84_A } from '../../earth/wgs84.ts';

const J2_A2 = 1.5 * EARTH_J2 * WGS84_A * WGS84_A;
const SPIN2 = EARTH_OMEGA * EARTH_OMEGA;
const CORIOLIS = 2 * EARTH_OMEGA;

/**
 * Straight-line kernels of the filters. Written by generate.ts: change that, not this.
 */

/** Scratch of the last innovation: P H' (rows of four), the factor of S (4 x 4) and the whitened residual. */
export const pht = new Float64Array(36);
export const factor = new Float64Array(16);
export const white = new Float64Array(4);
/** Squared Mahalanobis distance (NIS) and log likelihood of the last innovation. */
export const gate = { distance2: 0, logLikelihood: 0 };
`;
  const parts = [coastStep(), thrustStep(), predict6(), predict7Vacuum(), predict7()];
  for (const free of [true, false]) parts.push(predict9(free));
  for (const n of [7, 9]) for (const m of [2, 3]) parts.push(innovation(n, m), gain(n, m));
  parts.push(blend(7), blend(9));
  return `${head}\n${parts.join('\n')}`;
}

/** Where the kernels stand. */
export const KERNEL_FILE = new URL('./kernels.gen.ts', import.meta.url);

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(KERNEL_FILE, kernelSource());
