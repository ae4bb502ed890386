/** Health, withdrawals and a disagreement of the mock feeds. */
import type {
  ConflictView,
  LinkView,
  Nation,
  RecallView,
  SensorHealthView,
  WithdrawalView,
} from '../../src/node/wire.ts';
import { LAUNCH_US } from './mock-flight.ts';
import { SITES } from './mock-sites.ts';

export function sensorHealth(nation: Nation): SensorHealthView[] {
  return SITES.filter((s) => s.nation === nation).map((s, i) => ({
    sensor: s.id,
    plots: i === 0 ? 61 : 4,
    nis: i === 0 ? 2.31 : 0.9,
    bandLow: 0.6,
    bandHigh: 1.6,
    state: i === 0 ? 'alarm' : 'unknown',
    bias:
      i === 0
        ? [
            { component: 'range', unit: 'm', value: 41, sigma: 9, stated: 30 },
            { component: 'azimuth', unit: 'deg', value: -0.021, sigma: 0.008, stated: 0.03 },
          ]
        : null,
  }));
}

export function rules(nowUs: number): NonNullable<LinkView['rules']> {
  const rule = { agreement: 'TISA-2014', via: 'HUB' as const, kind: 'tracklet', delayS: 12 };
  return [
    {
      ...rule,
      trial: 'release',
      expected: 'release',
      outcome: 'answered',
      triedUs: nowUs - 9e6,
      answeredUs: nowUs - 8e6,
      roundTripMs: 24_084,
      hops: [
        { from: 'JPN', to: 'HUB', roundTripMs: 50 },
        { from: 'HUB', to: 'USA', roundTripMs: 34 },
      ],
    },
    { ...rule, trial: 'level', expected: 'deny', outcome: 'denied', reason: 'levelAboveCeiling' },
    { ...rule, trial: 'consent', expected: 'deny', outcome: 'failed' },
  ];
}

export function recalls(nation: Nation, s: number): RecallView[] {
  if (nation !== 'JPN' || s < 220) return [];
  const acknowledged = { nation: 'USA' as const, acknowledgedUs: LAUNCH_US + 221e6, late: false };
  return [
    {
      item: 'JPN-7',
      kind: 'tracklet',
      revision: 4,
      reason: 'wrong sensor',
      sinceUs: LAUNCH_US + 220e6,
      holders: [acknowledged, { nation: 'KOR', acknowledgedUs: null, late: true }],
    },
  ];
}

export function withdrawals(nation: Nation, s: number): WithdrawalView[] {
  if (nation !== 'JPN' || s < 222) return [];
  return [
    {
      item: 'USA-3',
      kind: 'tracklet',
      from: 'USA',
      receivedUs: LAUNCH_US + 222e6,
      tracks: ['JPN-T1'],
      gone: [],
      warnings: ['W1'],
    },
  ];
}

export function conflicts(nation: Nation, s: number): ConflictView[] {
  if (nation !== 'JPN' || s < 230) return [];
  const headline = { en: 'EXERCISE: local words', ko: '훈련: 지역 문안', ja: '訓練：自治体の文面' };
  return [
    {
      area: 'JP-13',
      sinceUs: LAUNCH_US + 230e6,
      danger: { authority: 'JP-13', sentUs: LAUNCH_US + 229e6, cancelled: false, headline },
      none: { authority: 'JPN', sentUs: LAUNCH_US + 205e6, cancelled: false, headline },
    },
  ];
}
