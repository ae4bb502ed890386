/** Withdrawn items: this nation's with who has acknowledged, others' with what rested on them, and withdrawing one. */
import { useState } from 'preact/hooks';
import type { Nation, RecallableView, RecallView, WithdrawalView } from '../../../src/node/wire.ts';
import { clockTime, number, type Zone } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';

interface Props {
  nation: Nation;
  recalls: readonly RecallView[];
  withdrawals: readonly WithdrawalView[];
  zone: Zone;
}

export function Recalls({ nation, recalls, withdrawals, zone }: Props) {
  const { t } = useText();
  return (
    <div class="recalls">
      <h3>{t.health.recalls}</h3>
      {recalls.length === 0 && <p class="empty">{t.health.recallsNone}</p>}
      <ul>
        {[...recalls].reverse().map((r) => (
          <Recalled key={r.item} recall={r} zone={zone} />
        ))}
      </ul>
      <Withdraw key={nation} nation={nation} />
      {withdrawals.length > 0 && <h3>{t.health.withdrawals}</h3>}
      <ul>
        {[...withdrawals].reverse().map((w) => (
          <Withdrawn key={w.item} withdrawal={w} zone={zone} />
        ))}
      </ul>
    </div>
  );
}

function kindName(kind: string, t: ReturnType<typeof useText>['t']): string {
  return t.sharing.kind[kind as keyof typeof t.sharing.kind] ?? kind;
}

function Recalled({ recall: r, zone }: { recall: RecallView; zone: Zone }) {
  const { t } = useText();
  return (
    <li>
      <div>
        <b>{r.item}</b> · {kindName(r.kind, t)} · {t.health.recalled(clockTime(r.sinceUs, zone))}
      </div>
      <div>{r.reason}</div>
      <ul class="acknowledgements">
        {r.holders.map((h) => (
          <li key={h.nation} data-state={h.acknowledgedUs !== null ? 'done' : h.late ? 'late' : 'waiting'}>
            {h.acknowledgedUs !== null
              ? t.health.acknowledged(t.nation[h.nation], clockTime(h.acknowledgedUs, zone))
              : (h.late ? t.health.acknowledgementLate : t.health.notAcknowledged)(t.nation[h.nation])}
          </li>
        ))}
      </ul>
    </li>
  );
}

function Withdrawn({ withdrawal: w, zone }: { withdrawal: WithdrawalView; zone: Zone }) {
  const { t, language } = useText();
  return (
    <li>
      <div>
        <b>{w.item}</b> · {kindName(w.kind, t)} ·{' '}
        {t.health.withdrawal(t.nation[w.from], clockTime(w.receivedUs, zone))}
      </div>
      {w.tracks.length > 0 && <div>{t.health.reworked(w.tracks.join(', '))}</div>}
      {w.gone.length > 0 && <div class="link-bad">{t.health.gone(w.gone.join(', '))}</div>}
      {w.warnings.length > 0 && (
        <div class="link-bad">{t.health.rested(number(w.warnings.length, language))}</div>
      )}
    </li>
  );
}

/** An own item is chosen, a reason given, and it is taken back at every holder. */
function Withdraw({ nation }: { nation: Nation }) {
  const { t } = useText();
  const [items, setItems] = useState<readonly RecallableView[] | undefined>(undefined);
  const [said, setSaid] = useState('');
  const address = `/api/nations/${nation}/recalls`;
  const load = async (): Promise<void> => {
    try {
      const answer = (await (await fetch(address)).json()) as { items?: RecallableView[] };
      setItems(answer.items ?? []);
      setSaid('');
    } catch (error) {
      setSaid(t.office.done.failed(String(error)));
    }
  };
  const withdraw = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [item, reason] = [String(form.get('item')), String(form.get('reason')).trim()];
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ item, reason }),
      });
      const answer = (await response.json()) as { message?: string };
      setSaid(response.ok ? t.health.withdrawn(item) : t.office.done.failed(answer.message ?? ''));
      if (response.ok) setItems(undefined);
    } catch (error) {
      setSaid(t.office.done.failed(String(error)));
    }
  };
  return (
    <details class="inject">
      <summary>{t.health.withdraw}</summary>
      <div class="button-row">
        <button type="button" onClick={() => void load()}>
          {t.health.withdrawLoad}
        </button>
      </div>
      {items && items.length === 0 && <p class="empty">{t.health.withdrawNone}</p>}
      {items && items.length > 0 && (
        <form class="withdraw" onSubmit={(e) => void withdraw(e)}>
          <label>
            {t.health.withdrawItem}{' '}
            <select name="item">
              {items.map((i) => (
                <option key={i.item} value={i.item}>
                  {i.item} · {kindName(i.kind, t)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t.health.withdrawReason} <input name="reason" required maxLength={200} />
          </label>
          <button type="submit">{t.health.withdrawDo}</button>
        </form>
      )}
      <p role="status">{said}</p>
    </details>
  );
}
