/** The controls that lie on the map, its legend, and the note at a sensor. */
import type { SiteView } from '../../../src/node/wire.ts';
import { number } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import type { CameraMode } from './controller.ts';

interface ToolsProps {
  mode: CameraMode;
  onMode(mode: CameraMode): void;
  onZoom(factor: number): void;
  allSensors: boolean;
  onAllSensors(on: boolean): void;
  truth: boolean;
  /** Absent where nobody may see it: outside an exercise. */
  onTruth?: ((on: boolean) => void) | undefined;
  coverage: boolean;
  onCoverage(on: boolean): void;
}

export function GlobeTools(props: ToolsProps) {
  const { t } = useText();
  return (
    <div class="globe-tools">
      <div class="button-row">
        <button type="button" aria-pressed={props.mode === 'auto'} onClick={() => props.onMode('auto')}>
          {t.globe.whole}
        </button>
        <button type="button" aria-pressed={props.mode === 'follow'} onClick={() => props.onMode('follow')}>
          {t.globe.follow}
        </button>
        <button
          type="button"
          class="square"
          aria-label={t.globe.zoomIn}
          title={t.globe.zoomIn}
          onClick={() => props.onZoom(1.5)}
        >
          +
        </button>
        <button
          type="button"
          class="square"
          aria-label={t.globe.zoomOut}
          title={t.globe.zoomOut}
          onClick={() => props.onZoom(1 / 1.5)}
        >
          −
        </button>
      </div>
      <div class="globe-checks">
        <label>
          <input
            type="checkbox"
            checked={props.coverage}
            onChange={(e) => props.onCoverage(e.currentTarget.checked)}
          />
          {t.globe.coverage}
        </label>
        <label title={t.globe.allSensorsHint}>
          <input
            type="checkbox"
            checked={props.allSensors}
            onChange={(e) => props.onAllSensors(e.currentTarget.checked)}
          />
          {t.globe.allSensors}
          <span class="control-mark">{t.knew.control}</span>
        </label>
        {props.onTruth && (
          <label title={t.health.truthHint}>
            <input
              type="checkbox"
              checked={props.truth}
              onChange={(e) => props.onTruth?.(e.currentTarget.checked)}
            />
            {t.health.truth}
            <span class="control-mark">{t.knew.control}</span>
          </label>
        )}
      </div>
    </div>
  );
}

export function Legend() {
  const { t } = useText();
  return (
    <div class="globe-foot">
      <ul class="legend" aria-label={t.globe.legend}>
        <li>
          <svg width="26" height="8" aria-hidden="true">
            <path d="M1 4h24" class="flown" />
          </svg>
          {t.globe.flown}
        </li>
        <li>
          <svg width="26" height="8" aria-hidden="true">
            <path d="M1 4h24" class="predicted" />
          </svg>
          {t.globe.predicted}
        </li>
        <li>
          <svg width="20" height="12" aria-hidden="true">
            <ellipse cx="10" cy="6" rx="9" ry="5" class="ellipse" />
          </svg>
          {t.globe.ellipse}
        </li>
        <li>
          <svg width="14" height="12" aria-hidden="true">
            <rect x="1" y="1" width="12" height="10" class="warned" />
          </svg>
          {t.globe.warned}
        </li>
        <li>
          <svg width="26" height="8" aria-hidden="true">
            <path d="M1 4h24" class="notional" />
          </svg>
          {t.globe.notional}
        </li>
      </ul>
      <p class="credit">{t.globe.credit}</p>
    </div>
  );
}

export function SiteTip({ site, x, y }: { site: SiteView; x: number; y: number }) {
  const { t, language } = useText();
  const heights = site.coverage.map((c) => number(c.heightKm, language)).join(', ');
  return (
    <div
      class="site-tip"
      role="tooltip"
      style={{ left: `min(${x}px, calc(100% - 310px))`, top: `min(${y}px, calc(100% - 190px))` }}
    >
      <strong>{site.name[language]}</strong>
      <div>
        {t.nation[site.nation]} · {site.type}
      </div>
      {heights && <div>{t.globe.coverageAt(heights)}</div>}
      {site.notional.map((n) => (
        <div key={n.group} class="assumed">
          {t.sensors.group[n.group as keyof typeof t.sensors.group] ?? n.group}:{' '}
          {t.sensors.basis[n.basis as keyof typeof t.sensors.basis] ?? n.basis}
        </div>
      ))}
    </div>
  );
}
