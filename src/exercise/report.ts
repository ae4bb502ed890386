/** The after-action report of a run: one HTML file without scripts, made from what the run wrote and nothing else. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { NATIONS, type Nation } from '../model/nation.ts';
import { parseJson } from '../model/schema.ts';
import { readText } from './scenario.ts';
import type { LaunchResult, NationResult, Summary } from './summary.ts';

const COLOURS: Record<Nation, string> = { USA: '#3d6fb6', KOR: '#2f8f6b', JPN: '#b4543c' };
const STEPS: [keyof NationResult, string][] = [
  ['firstPlotS', 'first plot of an own sensor'],
  ['firstPartnerS', 'first information from a partner'],
  ['firstTrackS', 'first track'],
  ['launchDeclaredS', 'launch declared'],
  ['impactEstimateS', 'impact estimate'],
  ['publicWarningS', 'public warning'],
  ['notBallisticS', 'found not to be ballistic'],
];

const Maybe = Type.Union([Type.Number(), Type.Null()]);
const Place = Type.Object({ latitudeDeg: Type.Number(), longitudeDeg: Type.Number() });
const NationRow = Type.Object({
  firstPlotS: Maybe,
  firstPartnerS: Maybe,
  firstTrackS: Maybe,
  launchDeclaredS: Maybe,
  impactEstimateS: Maybe,
  notBallisticS: Maybe,
  publicWarningS: Maybe,
  leadTimeS: Maybe,
  impactErrorKm: Maybe,
  aheadOfOwnSightS: Maybe,
});

/** What the report takes of `summary.json`; there may be more in it. */
const SummaryFile = Type.Object({
  scenario: Type.String(),
  seed: Type.Integer(),
  asOf: Type.String(),
  agreements: Type.Array(Type.String()),
  launches: Type.Array(
    Type.Object({
      id: Type.String(),
      truth: Type.Object({
        launchTime: Type.String(),
        launchPoint: Place,
        impactTime: Type.Union([Type.String(), Type.Null()]),
        impactPoint: Type.Union([Place, Type.Null()]),
        apogeeKm: Type.Number(),
      }),
      nations: Type.Object({ USA: NationRow, KOR: NationRow, JPN: NationRow }),
    }),
  ),
  exchange: Type.Object({
    sent: Type.Integer(),
    delivered: Type.Integer(),
    denied: Type.Integer(),
    reduced: Type.Integer(),
    latencyMs: Type.Object({ p50: Maybe, p99: Maybe }),
  }),
  comparison: Type.Optional(
    Type.Object({
      asOf: Type.String(),
      delays: Type.Record(Type.String(), Type.Record(Type.String(), Type.Record(Type.String(), Maybe))),
    }),
  ),
});

/** What the report takes of a line of `warnings.<NATION>.ndjson`. */
const WarningLine = Type.Object({
  sent: Type.String(),
  nation: Type.String(),
  messageType: Type.String(),
  stage: Type.String(),
  cancelReason: Type.Optional(Type.String()),
  areas: Type.Array(Type.Object({ code: Type.String() })),
});
type WarningLine = Static<typeof WarningLine>;

/** Reads a run's folder and makes its report. BF_FILE, BF_SYNTAX if it is not one. */
export function reportOf(folder: string): string {
  const file = join(folder, 'summary.json');
  const summary = parseJson(SummaryFile, readText(file), { file }) as Summary;
  const warnings = NATIONS.flatMap((nation) => {
    const path = join(folder, `warnings.${nation}.ndjson`);
    if (!existsSync(path)) return [];
    return readText(path)
      .split('\n')
      .flatMap((text, i) => (text === '' ? [] : [parseJson(WarningLine, text, { file: path, line: i + 1 })]));
  });
  const alerts = existsSync(join(folder, 'alerts')) ? readdirSync(join(folder, 'alerts')).length : 0;
  return page(summary, warnings, alerts);
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function page(s: Summary, warnings: WarningLine[], alerts: number): string {
  const title = `After-action report: ${s.scenario}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font:16px/1.5 system-ui,"Noto Sans KR","Noto Sans JP",sans-serif;margin:0;color:#1b2430;background:#f6f7f9}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
.banner{background:#5b2d8e;color:#fff;text-align:center;padding:.3rem;font-weight:600;letter-spacing:.06em}
table{border-collapse:collapse;width:100%;background:#fff}th,td{padding:.35rem .6rem;border:1px solid #d5dae1;text-align:right}
th:first-child,td:first-child{text-align:left}svg{width:100%;height:auto;background:#fff;border:1px solid #d5dae1}
.note{color:#52606f}
</style></head><body><div class="banner">EXERCISE · 훈련 · 訓練 · SIMULATED FLIGHT</div><main>
<h1>${escapeHtml(title)}</h1>
<p>Seed ${s.seed}; agreements as of ${escapeHtml(s.asOf)}: ${escapeHtml(s.agreements.join(', ') || 'none in force')}.
Items sent ${s.exchange.sent}, delivered ${s.exchange.delivered}, reduced ${s.exchange.reduced}, denied ${s.exchange.denied};
latency ${ms(s.exchange.latencyMs.p50)} (median), ${ms(s.exchange.latencyMs.p99)} (99th percentile). ${alerts} alert documents.</p>
${s.launches.map(launchSection).join('\n')}
${s.comparison ? comparisonSection(s) : ''}
<h2>Public warnings</h2>
${warnings.length === 0 ? '<p>None was issued.</p>' : warningTable(warnings)}
<p class="note">Many sensor positions, sectors, ranges and accuracies are notional or assumed, and so are the handling
delays of agreements. The flight is a point mass fitted to the published apogee and range.</p>
</main><div class="banner">EXERCISE · 훈련 · 訓練</div></body></html>
`;
}

const ms = (v: number | null): string =>
  v === null ? '-' : v < 10000 ? `${Math.round(v)} ms` : `${Math.round(v / 1000)} s`;
const sec = (v: unknown): string => (typeof v === 'number' ? `${v.toFixed(1)} s` : '-');

function launchSection(l: LaunchResult): string {
  const rows = NATIONS.map((n) => {
    const r = l.nations[n];
    const cells = STEPS.map(([key]) => `<td>${sec(r[key])}</td>`).join('');
    const error = r.impactErrorKm === null ? '-' : `${r.impactErrorKm.toFixed(1)} km`;
    return `<tr><td>${n}</td>${cells}<td>${sec(r.leadTimeS)}</td><td>${error}</td><td>${sec(r.aheadOfOwnSightS)}</td></tr>`;
  }).join('');
  return `<h2>Launch ${escapeHtml(l.id)}</h2>
<p>${escapeHtml(l.truth.launchTime)} from ${point(l.truth.launchPoint)}; apogee ${l.truth.apogeeKm.toFixed(0)} km;
${l.truth.impactTime && l.truth.impactPoint ? `impact ${escapeHtml(l.truth.impactTime)} at ${point(l.truth.impactPoint)}` : 'in orbit'}.</p>
${timeline(l)}
<table><thead><tr><th>Nation</th>${STEPS.map(([, t]) => `<th>${t}</th>`).join('')}<th>lead time</th><th>impact error</th>
<th>ahead of own sight</th></tr></thead><tbody>${rows}</tbody></table>`;
}

const point = (p: { latitudeDeg: number; longitudeDeg: number }): string =>
  `${p.latitudeDeg.toFixed(2)}, ${p.longitudeDeg.toFixed(2)}`;

/** Who knew what when, as a picture: one row a nation, one mark a step. */
function timeline(l: LaunchResult): string {
  const values = NATIONS.flatMap((n) => STEPS.map(([k]) => l.nations[n][k])).filter(
    (v): v is number => typeof v === 'number',
  );
  const end = Math.max(60, ...values) * 1.05;
  const x = (s: number): number => 90 + (s / end) * 780;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((f) => Math.round((end * f) / 10) * 10);
  const shapes = NATIONS.map((n, i) => {
    const y = 40 + i * 44;
    const marks = STEPS.map(([key, label], k) => {
      const v = l.nations[n][key];
      if (typeof v !== 'number') return '';
      return `<g><title>${n}: ${label} at +${v.toFixed(1)} s</title><circle cx="${x(v).toFixed(1)}" cy="${y}" r="${4 + k}" fill="${k === 5 ? '#c6282b' : COLOURS[n]}" fill-opacity="${0.35 + k * 0.13}"/></g>`;
    }).join('');
    return `<text x="10" y="${y + 5}" font-size="15" fill="${COLOURS[n]}" font-weight="600">${n}</text><line x1="90" x2="870" y1="${y}" y2="${y}" stroke="#d5dae1"/>${marks}`;
  }).join('');
  const axis = ticks
    .map((t) => `<text x="${x(t)}" y="165" font-size="12" text-anchor="middle" fill="#52606f">+${t} s</text>`)
    .join('');
  return `<svg viewBox="0 0 900 175" role="img" aria-label="Who knew what when, seconds after launch; the table below says the same">${shapes}${axis}</svg>`;
}

function comparisonSection(s: Summary): string {
  const c = s.comparison!;
  const rows = Object.entries(c.delays)
    .flatMap(([launch, nations]) =>
      NATIONS.map(
        (n) =>
          `<tr><td>${escapeHtml(launch)} ${n}</td>${Object.values(nations[n])
            .map((v) => `<td>${v === null ? '-' : `${v > 0 ? '+' : ''}${v.toFixed(1)} s`}</td>`)
            .join('')}</tr>`,
      ),
    )
    .join('');
  const first = Object.values(c.delays)[0];
  const names = first ? Object.keys(first.USA) : [];
  return `<h2>Against the agreements of ${escapeHtml(c.asOf)}</h2><table><thead><tr><th></th>${names.map((n) => `<th>${n.replace(/S$/, '')}</th>`).join('')}</tr></thead><tbody>${rows}</tbody></table>`;
}

function warningTable(warnings: WarningLine[]): string {
  const rows = warnings
    .map(
      (w) =>
        `<tr><td>${escapeHtml(w.sent ?? '')}</td><td>${escapeHtml(w.nation)}</td><td>${escapeHtml(w.messageType)}</td><td>${escapeHtml(w.stage)}${w.cancelReason ? ` (${escapeHtml(w.cancelReason)})` : ''}</td><td>${w.areas.map((a) => escapeHtml(a.code)).join(' ')}</td></tr>`,
    )
    .join('');
  return `<table><thead><tr><th>Sent</th><th>Nation</th><th>Type</th><th>Stage</th><th>Areas</th></tr></thead><tbody>${rows}</tbody></table>`;
}
