/** Warnings, links, events and assessments of the mock feeds. */
import type {
  AssessmentView,
  EventView,
  LinkView,
  Nation,
  Trilingual,
  WarningView,
} from '../../src/node/wire.ts';
import { destination } from '../src/globe/geometry.ts';
import { FLIGHT, FLIGHT_S, KNEW, LAUNCH_US, NATIONS, position } from './mock-flight.ts';
import { rules } from './mock-health.ts';
import { delivery, linkHealth } from './mock-sharing.ts';

const AREAS_1 = ['JP-01', 'JP-02', 'JP-13'];
const AREAS_2 = ['JP-01', 'JP-02'];

export function warnings(nation: Nation, s: number): WarningView[] {
  if (nation !== 'JPN' || s < 205) return [];
  const area = (code: string, neighbour = false) => ({
    code,
    threat: 'passage' as const,
    probability: neighbour ? 0.04 : 0.7,
    atUs: LAUNCH_US + (code === 'JP-01' ? 372e6 : 356e6),
    neighbour,
  });
  const base = { chain: 'JPN-2022-1', nation, launchId: 'L1', expiresUs: LAUNCH_US + 3600e6 };
  const take: Trilingual = {
    en: 'Take shelter inside a building or underground.',
    ko: '건물 안 또는 지하로 대피해 주십시오.',
    ja: '建物の中、又は地下に避難して下さい。',
  };
  const list: WarningView[] = [
    {
      ...base,
      identifier: 'W1',
      revision: 1,
      messageType: 'alert',
      stage: 'launch',
      evidence: 'observed',
      sentUs: LAUNCH_US + 205e6,
      areas: [...AREAS_1.map((c) => area(c, c === 'JP-13'))],
      current: s < 300,
      headline: {
        en: 'Missile launched. Take shelter.',
        ko: '미사일 발사. 대피하십시오.',
        ja: 'ミサイル発射。ミサイル発射。',
      },
      description: {
        en: 'A missile appears to have been launched from North Korea.',
        ko: '북한에서 미사일이 발사된 것으로 보입니다.',
        ja: '北朝鮮からミサイルが発射されたものとみられます。',
      },
      instruction: take,
      delivery: delivery(205, s),
    },
  ];
  if (s >= 300) {
    list.push({
      ...base,
      identifier: 'W2',
      revision: 2,
      messageType: 'update',
      stage: 'passing',
      evidence: 'predicted',
      sentUs: LAUNCH_US + 300e6,
      areas: AREAS_2.map((c) => area(c)),
      current: s < 452,
      headline: {
        en: 'The missile is expected to pass over.',
        ko: '미사일이 상공을 통과할 것으로 보입니다.',
        ja: 'ミサイルは上空を通過するものとみられます。',
      },
      description: {
        en: 'It is expected to pass over Hokkaido and Aomori towards the Pacific.',
        ko: '홋카이도와 아오모리 상공을 지나 태평양으로 향할 것으로 보입니다.',
        ja: '北海道及び青森県の上空を通過し、太平洋へ向かうものとみられます。',
      },
      instruction: take,
      delivery: delivery(300, s),
    });
  }
  if (s >= 452) {
    list.push({
      ...base,
      identifier: 'W3',
      revision: 3,
      messageType: 'cancel',
      stage: 'passed',
      evidence: 'observed',
      cancelReason: 'passed',
      sentUs: LAUNCH_US + 452e6,
      areas: AREAS_2.map((c) => area(c)),
      current: false,
      headline: {
        en: 'The missile has passed over.',
        ko: '미사일이 상공을 통과했습니다.',
        ja: 'ミサイル通過。ミサイル通過。',
      },
      description: {
        en: 'The missile passed over Aomori and went out over the Pacific. You may leave the shelter.',
        ko: '미사일이 아오모리 상공을 지나 태평양으로 통과했습니다. 대피를 해제합니다.',
        ja: '先程のミサイルは、青森県から太平洋へ通過した模様です。避難の呼びかけを解除します。',
      },
      instruction: {
        en: 'Do not touch suspicious objects; report them to the police.',
        ko: '수상한 물체를 만지지 말고 경찰에 신고해 주십시오.',
        ja: '不審な物を発見した場合は、決して近寄らず、直ちに警察などに連絡して下さい。',
      },
    });
  }
  return list;
}

export function links(nation: Nation, nowUs: number): LinkView[] {
  return NATIONS.filter((n) => n !== nation).map((to) => {
    const hubless = (nation === 'KOR' && to === 'JPN') || (nation === 'JPN' && to === 'KOR');
    return {
      from: nation,
      to,
      status: hubless ? 'noAgreement' : 'up',
      agreement: hubless ? null : 'TISA-2014',
      delayS: hubless ? 0 : 12,
      lastReceivedUs: hubless ? null : nowUs - 2e6,
      roundTripMs: hubless ? null : 84,
      ...(hubless ? {} : { ...linkHealth(nation, to, nowUs), rules: rules(nowUs) }),
      sent: hubless ? 0 : 231,
      received: hubless ? 0 : 198,
      denied: hubless ? 61 : 4,
      queued: 0,
    };
  });
}

export function events(nation: Nation, s: number): EventView[] {
  const knew = KNEW[nation];
  const list: [number | null, EventView['kind'], EventView['severity'], Trilingual][] = [
    [
      -20,
      'link',
      'info',
      { en: 'Links checked by canary.', ko: '확인 항목으로 연결 점검 완료.', ja: '確認項目で回線を点検。' },
    ],
    [
      knew.firstPlotUs,
      'plot',
      'notice',
      { en: 'First plot of an own sensor.', ko: '자국 센서 최초 포착.', ja: '自国センサーが初めて探知。' },
    ],
    [
      knew.firstPartnerUs,
      'partner',
      'notice',
      { en: 'First data from a partner.', ko: '협력국 정보 최초 수신.', ja: '協力国から最初の情報。' },
    ],
    [
      knew.firstTrackUs,
      'track',
      'notice',
      { en: `Track ${nation}-T1 begun.`, ko: `항적 ${nation}-T1 형성.`, ja: `航跡 ${nation}-T1 開始。` },
    ],
    [
      knew.launchDeclaredUs,
      'launch',
      'alert',
      {
        en: 'Ballistic missile launch declared.',
        ko: '탄도미사일 발사로 판단.',
        ja: '弾道ミサイル発射と判断。',
      },
    ],
    [
      knew.impactEstimateUs,
      'impact',
      'alert',
      { en: 'Impact estimated in the Pacific.', ko: '태평양 낙하로 예측.', ja: '太平洋への落下を予測。' },
    ],
    [
      knew.publicWarningUs,
      'warning',
      'alert',
      { en: 'Public warning sent.', ko: '대국민 경보 발신.', ja: '国民への警報を送信。' },
    ],
    [
      90,
      'denied',
      'info',
      {
        en: 'Raw plot withheld: no agreement releases it.',
        ko: '원시 포착 정보 보류: 공개를 허용하는 협정 없음.',
        ja: '生の探知情報は提供せず：開示を認める協定がない。',
      },
    ],
  ];
  return list
    .filter(
      (e): e is [number, EventView['kind'], EventView['severity'], Trilingual] => e[0] !== null && e[0] <= s,
    )
    .sort((a, b) => a[0] - b[0])
    .map(([at, kind, severity, text], i) => ({
      sequence: i + 1,
      timeUs: LAUNCH_US + at * 1e6,
      kind,
      severity,
      text,
    }));
}

export function assessments(nation: Nation, s: number): AssessmentView[] {
  return NATIONS.filter((n) => n !== nation && s > 190)
    .filter((n) => !(nation === 'JPN' && n === 'KOR'))
    .map((node) => {
      const off = node === 'KOR' ? 160 : 20;
      const impact = position(FLIGHT, FLIGHT_S);
      const moved = destination([impact[0], impact[1]], 260, off);
      return {
        node,
        launchId: 'L1',
        apogeeKm: node === 'KOR' ? 970 : 1000,
        rangeKm: 4600 - off,
        divergent: node === 'KOR',
        impact: {
          kind: 'impact',
          timeUs: LAUNCH_US + 190e6,
          atUs: LAUNCH_US + 1310e6,
          atSigmaS: 10,
          latitudeDeg: moved[1],
          longitudeDeg: moved[0],
          ellipse95: { semiMajorM: 90000, semiMinorM: 20000, azimuthDeg: 110 },
        },
      };
    });
}
