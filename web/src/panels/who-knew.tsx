/** Who knew when: for each step the three nations on one time line, with the seconds beside it as a table. */
import type { Milestones, Nation } from '../../../src/node/wire.ts';
import { number } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import { useExerciseNow } from '../time/use-time.ts';
import { NATION_ORDER } from './header.tsx';
import { TICKS, timeLineAt, timeLineLength } from './time-line.ts';

export const STEPS = [
  'firstPlotUs',
  'firstPartnerUs',
  'firstTrackUs',
  'launchDeclaredUs',
  'impactEstimateUs',
  'publicWarningUs',
] as const satisfies readonly (keyof Milestones)[];

interface Props {
  milestones: Record<Nation, Milestones> | undefined;
  launchUs: number | undefined;
  ended: boolean;
}

export function WhoKnew({ milestones, launchUs, ended }: Props) {
  const { t, language } = useText();
  const now = useExerciseNow();
  const started = milestones !== undefined && launchUs !== undefined && now !== undefined && now >= launchUs;
  const seconds = (n: Nation, step: (typeof STEPS)[number]): number | undefined => {
    const at = milestones?.[n][step];
    return at === null || at === undefined || launchUs === undefined ? undefined : (at - launchUs) / 1e6;
  };
  const all = STEPS.flatMap((step) => NATION_ORDER.map((n) => seconds(n, step) ?? 0));
  const length = timeLineLength(Math.max(...all));
  const elapsed = started ? (now - launchUs) / 1e6 : 0;
  const ticks = TICKS.filter((tick) => tick <= length && (tick === 0 || timeLineAt(tick, length) > 0.12));
  const percent = (s: number): string => `${(timeLineAt(s, length) * 100).toFixed(2)}%`;

  return (
    <section class="panel knew" aria-labelledby="knew-title">
      <header class="panel-head">
        <h2 id="knew-title">{t.knew.title}</h2>
        <span class="sub">{t.knew.subtitle}</span>
        <span class="control-mark">{t.knew.control}</span>
      </header>
      <table class="knew-table">
        <thead>
          <tr>
            <th scope="col" class="visually-hidden-cell">
              <span class="visually-hidden">{t.knew.step}</span>
            </th>
            <th scope="col" class="chart">
              <span class="visually-hidden">{t.knew.chart}</span>
              <span class="ticks" aria-hidden="true">
                {ticks.map((tick) => (
                  <span key={tick} style={{ left: percent(tick) }}>
                    {tick}
                  </span>
                ))}
              </span>
            </th>
            {NATION_ORDER.map((n) => (
              <th key={n} scope="col" data-nation={n} class="nation">
                <abbr title={t.nation[n]}>{n}</abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {STEPS.map((step) => {
            const values = NATION_ORDER.map((n) => seconds(n, step));
            const known = values.filter((v): v is number => v !== undefined);
            const first = known.length > 0 ? Math.min(...known) : undefined;
            const last = known.length > 0 ? Math.max(...known) : undefined;
            return (
              <tr key={step}>
                <th scope="row">{t.knew[step]}</th>
                <td class="chart">
                  <div class="line" aria-hidden="true">
                    {ticks.map((tick) => (
                      <i key={tick} class="tick" style={{ left: percent(tick) }} />
                    ))}
                    {started && elapsed < length && <i class="now" style={{ left: percent(elapsed) }} />}
                    {first !== undefined && last !== undefined && last > first && (
                      <i
                        class="span"
                        style={{
                          left: percent(first),
                          width: `${((timeLineAt(last, length) - timeLineAt(first, length)) * 100).toFixed(2)}%`,
                        }}
                      />
                    )}
                    {values.map((v, i) =>
                      v === undefined ? null : (
                        <i
                          key={NATION_ORDER[i]}
                          class={v === first ? 'dot first' : 'dot'}
                          data-nation={NATION_ORDER[i]}
                          style={{ left: percent(v) }}
                        />
                      ),
                    )}
                  </div>
                </td>
                {values.map((v, i) => (
                  <td
                    key={NATION_ORDER[i]}
                    class={v !== undefined && v === first ? 'value first' : 'value'}
                    data-nation={NATION_ORDER[i]}
                  >
                    {v === undefined ? (
                      <>
                        <span aria-hidden="true">{started ? '·' : ''}</span>
                        <span class="visually-hidden">{ended ? t.knew.never : t.knew.notYet}</span>
                      </>
                    ) : (
                      <>
                        {number(v, language)}
                        {v === first && known.length > 1 && (
                          <span class="visually-hidden"> ({t.knew.first})</span>
                        )}
                      </>
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
