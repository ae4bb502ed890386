/** Charts as inline SVG on a plain page: no scripts, nothing loaded. */
import { type BenchRow, missed } from './bench.ts';

export interface Chart {
  title: string;
  note: string;
  x: string;
  y: string;
  /** The x axis runs down from left to right. */
  xDown?: boolean;
  yMin?: number;
  yMax?: number;
  /** A shaded band of y. */
  band?: readonly [number, number];
  series: { name: string; points: [number, number][]; dash?: boolean; dots?: boolean }[];
}

/** Linear between the two nearest of the sorted values; infinite if that is. NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return low === high ? sorted[low] : sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

const [W, H, LEFT, TOP] = [640, 260, 64, 14];
/** Palette of Okabe and Ito (2008). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73'];

/** Round steps, about five between the limits. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough * 0.999)!;
  const out: number[] = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step)
    out.push(Number(v.toPrecision(10)));
  return out;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function svg(chart: Chart): string {
  const points = chart.series.flatMap((s) => s.points).filter(([, y]) => Number.isFinite(y));
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y).concat(chart.band ?? []);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const low = chart.yMin ?? Math.min(...ys);
  const high = chart.yMax ?? Math.max(...ys);
  const margin = chart.yMin === undefined ? 0.08 * (high - low) : 0;
  const [y0, y1] = [low - margin, chart.yMax ?? high + 0.08 * (high - low)];
  const sx = (x: number): number => LEFT + (W * (chart.xDown ? x1 - x : x - x0)) / (x1 - x0 || 1);
  const sy = (y: number): number => TOP + H * (1 - (y - y0) / (y1 - y0 || 1));
  const f = (v: number): string => v.toFixed(1);
  const grid = ticks(x0, x1)
    .map(
      (x) =>
        `<path d="M${f(sx(x))} ${TOP}v${H}" class="g"/><text x="${f(sx(x))}" y="${TOP + H + 18}" text-anchor="middle">${x}</text>`,
    )
    .concat(
      ticks(y0, y1).map(
        (y) =>
          `<path d="M${LEFT} ${f(sy(y))}h${W}" class="g"/><text x="${LEFT - 8}" y="${f(sy(y) + 4)}" text-anchor="end">${y}</text>`,
      ),
    )
    .join('');
  const band = chart.band
    ? `<rect x="${LEFT}" y="${f(sy(Math.min(y1, chart.band[1])))}" width="${W}" height="${f(sy(Math.max(y0, chart.band[0])) - sy(Math.min(y1, chart.band[1])))}" fill="#0072b2" opacity="0.13"/>`
    : '';
  const lines = chart.series
    .map((s, i) => {
      const colour = COLOURS[i % COLOURS.length];
      const path = s.points
        .filter(([, y]) => Number.isFinite(y))
        .map(([x, y]) => `${f(sx(x))},${f(sy(Math.min(y1, Math.max(y0, y))))}`);
      const dash = s.dash ? ' stroke-dasharray="7 4"' : '';
      const dots = s.dots
        ? path
            .map((p) => `<circle cx="${p.split(',')[0]}" cy="${p.split(',')[1]}" r="3.5" fill="${colour}"/>`)
            .join('')
        : '';
      const at = TOP + 18 + 20 * i;
      const key =
        chart.series.length > 1
          ? `<path d="M${LEFT + W - 190} ${at}h36" stroke="${colour}" stroke-width="2.5"${dash}/><text x="${LEFT + W - 146}" y="${at + 4}">${escaped(s.name)}</text>`
          : '';
      return `<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5"${dash}/>${dots}${key}`;
    })
    .join('');
  return `<svg viewBox="0 0 ${LEFT + W + 16} ${TOP + H + 46}" role="img" aria-label="${escaped(chart.title)}">${band}${grid}<rect x="${LEFT}" y="${TOP}" width="${W}" height="${H}" fill="none" stroke="#888"/>${lines}<text x="${LEFT + W / 2}" y="${TOP + H + 40}" text-anchor="middle">${escaped(chart.x)}</text><text transform="translate(14 ${TOP + H / 2}) rotate(-90)" text-anchor="middle">${escaped(chart.y)}</text></svg>`;
}

function number(value: number): string {
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
}

export function chartPage(
  title: string,
  charts: readonly Chart[],
  rows: readonly BenchRow[],
  seed: number,
  quick: boolean,
): string {
  const figures = charts
    .map((c) => `<section><h2>${escaped(c.title)}</h2>${svg(c)}<p>${escaped(c.note)}</p></section>`)
    .join('\n');
  const lines = rows
    .map((r) => {
      const gate =
        r.gate === null
          ? ''
          : r.gateMax === undefined
            ? number(r.gate)
            : `${number(r.gate)} to ${number(r.gateMax)}`;
      return `<tr${missed(r) ? ' class="m"' : ''}><td>${escaped(r.name)}</td><td>${number(r.value)}</td><td>${escaped(r.unit)}</td><td>${gate}${missed(r) ? ' missed' : ''}</td><td>${r.goal === null ? '' : number(r.goal)}</td></tr>`;
    })
    .join('\n');
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>:root{color-scheme:light}body{font:15px/1.45 system-ui,sans-serif;background:#fff;color:#222;max-width:48rem;margin:2rem auto;padding:0 1rem}svg{width:100%;font-size:13px}.g{stroke:#e3e3e3}table{border-collapse:collapse;width:100%}td,th{padding:.25rem .5rem;border-bottom:1px solid #e3e3e3;text-align:right}td:first-child,th:first-child{text-align:left}.m td{background:#fdecea}h2{font-size:1.1rem;margin:2rem 0 .3rem}p{margin:.2rem 0 1rem}</style>
<h1>${escaped(title)}</h1>
<p>Seed ${seed}${quick ? ', few runs (--quick)' : ''}. Simulated flights and notional radars.</p>
${figures}
<h2>Every row</h2>
<table><tr><th>what</th><th>measured</th><th></th><th>gate</th><th>goal</th></tr>
${lines}
</table>
</html>
`;
}
