/** The page of the warning benchmark: share of affected areas by lead time, one curve for each threshold. */
import { LEADS_S, type Score, share } from './warning-score.ts';

const [W, H, LEFT, TOP] = [720, 360, 60, 20];
const MAX_S = 600;
/** Told apart without colour as well: full, dashed, dotted (palette of Okabe and Ito, 2008). */
const LINES = [
  ['#0072b2', '8 4'],
  ['#000000', ''],
  ['#d55e00', '2 4'],
] as const;

export function warningPage(scores: readonly Score[], seed: number): string {
  const x = (s: number) => LEFT + (W * s) / MAX_S;
  const y = (p: number) => TOP + H * (1 - p);
  const grid = [0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600]
    .map(
      (s) =>
        `<path d="M${x(s)} ${TOP}V${TOP + H}" class="g"/><text x="${x(s)}" y="${TOP + H + 16}" text-anchor="middle">${s}</text>`,
    )
    .concat(
      [0, 0.2, 0.4, 0.6, 0.8, 1].map(
        (p) =>
          `<path d="M${LEFT} ${y(p)}h${W}" class="g"/><text x="${LEFT - 6}" y="${y(p) + 4}" text-anchor="end">${100 * p} %</text>`,
      ),
    )
    .join('');
  const curves = scores
    .map((score, i) => {
      const points = Array.from(
        { length: MAX_S / 5 + 1 },
        (_, k) => `${x(5 * k).toFixed(1)},${y(share(score, 5 * k)).toFixed(1)}`,
      );
      const [colour, dash] = LINES[i % LINES.length];
      const line = `fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"`;
      const at = TOP + 24 + 20 * i;
      return `<polyline points="${points.join(' ')}" ${line}/><path d="M${LEFT + W - 190} ${at}h40" ${line}/><text x="${LEFT + W - 142}" y="${at + 4}">thresholds x ${score.scale}</text>`;
    })
    .join('');
  const percent = (n: number, of: number) => (of === 0 ? '-' : `${((100 * n) / of).toFixed(1)} %`);
  const rows = scores
    .map(
      (s) =>
        `<tr><td>x ${s.scale}</td>${LEADS_S.map((l) => `<td>${(100 * share(s, l)).toFixed(1)} %</td>`).join('')}<td>${percent(s.missed, s.affected)}</td><td>${percent(s.falseAreas, s.alerted)}</td><td>${percent(s.farFalseAreas, s.alerted)}</td><td>${percent(s.falseFlights, s.harmless)}</td></tr>`,
    )
    .join('');
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Lead times of warnings</title>
<style>body{font:14px system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}.g{stroke:#ddd}td,th{padding:.2rem .6rem;text-align:right}table{border-collapse:collapse}</style>
<h1>Lead times of warnings</h1>
<p>${scores[0].flights} simulated flights (seed ${seed}), ${scores[0].affected} affected areas. Lead: from the arrival of the first alert that names the area to the missile's being there.</p>
<svg viewBox="0 0 ${LEFT + W + 20} ${TOP + H + 40}" role="img" aria-label="Share of affected areas by least lead time">${grid}${curves}<text x="${LEFT + W / 2}" y="${TOP + H + 34}" text-anchor="middle">lead time, at least, s</text></svg>
<table><tr><th>thresholds</th>${LEADS_S.map((l) => `<th>${l} s or more</th>`).join('')}<th>missed or late</th><th>named, not affected</th><th>and not bordering</th><th>harmless flights warned of</th></tr>${rows}</table>
<p>Flights and fall points are drawn by chance over land and sea. The track is the true state with an error of a stated size; see docs/warning.md.</p>
</html>
`;
}
