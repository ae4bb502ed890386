/** Agreements, release decisions, delivery and what is not warned of yet, of the mock feeds. */
import type {
  AgreementView,
  LinkView,
  Nation,
  PublicAlarmView,
  ReleaseView,
  Trilingual,
  UnconfirmedView,
  WarningView,
} from '../../src/node/wire.ts';
import { LAUNCH_US, NATIONS } from './mock-flight.ts';

const same = (text: string): Trilingual => ({ en: text, ko: text, ja: text });

/** Of the mock exercise: one agreement is suspended so many seconds after the launch. */
export const SUSPENDED_S = 150;

export function agreements(s: number): AgreementView[] {
  const hub = { route: 'hub USA', parties: [...NATIONS] };
  return [
    {
      id: 'GSOMIA-2016',
      title: { en: 'Agreement (GSOMIA)', ko: '협정 (GSOMIA)', ja: '協定 (GSOMIA)' },
      state: s < SUSPENDED_S ? 'inForce' : 'suspended',
      route: 'direct',
      parties: ['KOR', 'JPN'],
      delayS: 0,
      ...(s < SUSPENDED_S
        ? {}
        : {
            change: {
              event: 'suspended',
              timeUs: LAUNCH_US + SUSPENDED_S * 1e6,
              by: ['KOR'],
              cause: { en: 'exercise inject', ko: '훈련 상황 부여', ja: '訓練上の付与' },
            },
          }),
    },
    { id: 'TISA-2014', title: same('Arrangement (TISA)'), state: 'inForce', delayS: 900, ...hub },
    {
      id: 'US-ROK-1987',
      title: same('US-ROK'),
      state: 'inForce',
      route: 'direct',
      parties: ['USA', 'KOR'],
      delayS: 0,
      protectionOnly: true,
    },
  ];
}

export function releases(nation: Nation, s: number): ReleaseView[] {
  if (s < 60) return [];
  return NATIONS.filter((n) => n !== nation).flatMap((to): ReleaseView[] => {
    const closed = (nation === 'KOR' && to === 'JPN') || (nation === 'JPN' && to === 'KOR');
    const base = { to, revision: 3, timeUs: LAUNCH_US + s * 1e6, sinceUs: LAUNCH_US + 60e6, item: 'T1' };
    const kinds = ['tracklet', 'launch'].map(
      (kind): ReleaseView =>
        closed
          ? {
              ...base,
              kind,
              decision: 'deny',
              agreement: null,
              via: null,
              removed: [],
              delayS: 0,
              reasons: [
                { code: 'suspended', agreement: 'GSOMIA-2016' },
                { code: 'ofTheFuture', agreement: 'TISA-2014', detail: 'words of the future' },
              ],
            }
          : {
              ...base,
              kind,
              decision: 'reduce',
              agreement: 'TISA-2014',
              via: 'HUB',
              removed: ['sensorIdentity'],
              delayS: 900,
              reasons: [
                { code: 'released', agreement: 'TISA-2014', detail: `${nation} to ${to}` },
                { code: 'elementsRemoved', agreement: 'TISA-2014', detail: 'sensorIdentity' },
              ],
            },
    );
    return kinds.map((r) => ({ ...r, timeUs: Math.round(r.timeUs) }));
  });
}

export function unconfirmed(nation: Nation, s: number): UnconfirmedView[] {
  if (nation !== 'KOR' || s < 60) return [];
  return [
    {
      launchId: 'L1',
      sources: 1,
      needed: 2,
      declared: false,
      areas: ['KR-11'],
      awaitingApproval: false,
    },
  ];
}

export function alarms(nation: Nation, s: number): PublicAlarmView[] {
  if (nation !== 'JPN' || s < 215) return [];
  return [{ kind: 'receiptLate', atUs: LAUNCH_US + 215e6, where: 'jalert-text', identifier: 'W1' }];
}

/** Who acknowledged, on each channel. */
export function delivery(sentS: number, s: number): NonNullable<WarningView['delivery']> {
  return [
    { channel: 'cap-feed', acknowledged: s > sentS + 2 ? 2 : 0, receivers: 2, late: false },
    { channel: 'jalert-text', acknowledged: 0, receivers: 1, late: s > sentS + 5 },
  ];
}

/** Round trip by hop, and what is missed, of a link that is open. */
export function linkHealth(from: Nation, to: Nation, nowUs: number): Partial<LinkView> {
  const health: Partial<LinkView> = {
    hops: [
      { from, to: 'HUB', roundTripMs: 50 },
      { from: 'HUB', to, roundTripMs: 34 },
    ],
    missed: 0,
  };
  if (nowUs < LAUNCH_US + 60e6) return health;
  return {
    ...health,
    missed: 1,
    gaps: [{ from, to: 'HUB', count: 812, firstUs: LAUNCH_US, lastUs: LAUNCH_US + 60e6 }],
  };
}
