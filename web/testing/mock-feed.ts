/**
 * What a node would send of a flight like that of 2022-10-04 (40.61 N 126.43 E, bearing 80°, 4,600 km, apogee
 * 1,000 km, 1,320 s), made analytically: a great circle with a parabola over it. For the page's development
 * and its tests; it simulates nothing.
 */
import type {
  AssessmentView,
  EventView,
  ExerciseHello,
  ExerciseState,
  LinkView,
  Milestones,
  Nation,
  NationHello,
  PathPoint,
  PictureMessage,
  SiteView,
  TrackView,
  Trilingual,
  WarningView,
} from '../../src/node/wire.ts';
import { destination, type LonLat } from '../src/globe/geometry.ts';

export const LAUNCH_US = Date.UTC(2022, 9, 3, 22, 22, 0) * 1000;
export const START_US = LAUNCH_US - 30e6;
export const FLIGHT_S = 1320;
export const END_US = LAUNCH_US + (FLIGHT_S + 240) * 1e6;
const SITE: LonLat = [126.43, 40.61];
const AZIMUTH = 80;
const RANGE_KM = 4600;
const APOGEE_KM = 1000;
const NATIONS: readonly Nation[] = ['USA', 'KOR', 'JPN'];

export interface Flight {
  id: string;
  site: LonLat;
  azimuth: number;
  rangeKm: number;
  apogeeKm: number;
  flightS: number;
  launchUs: number;
}

const FLIGHT: Flight = {
  id: 'L1',
  site: SITE,
  azimuth: AZIMUTH,
  rangeKm: RANGE_KM,
  apogeeKm: APOGEE_KM,
  flightS: FLIGHT_S,
  launchUs: LAUNCH_US,
};

/** [lon, lat, height km] at `s` seconds after launch. */
function position(f: Flight, s: number): [number, number, number] {
  const u = Math.max(0, Math.min(1, s / f.flightS));
  const [lon, lat] = destination(f.site, f.azimuth, f.rangeKm * u);
  return [lon, lat, 4 * f.apogeeKm * u * (1 - u)];
}

function path(f: Flight, from: number, to: number, n: number): PathPoint[] {
  if (to <= from) return [];
  return Array.from({ length: n + 1 }, (_, i) => {
    const s = from + ((to - from) * i) / n;
    const [lon, lat, h] = position(f, s);
    return [lon, lat, h, Math.round(f.launchUs + s * 1e6)];
  });
}

/** When each nation reaches what, s after launch. */
const KNEW: Record<Nation, Record<keyof Milestones, number | null>> = {
  USA: {
    firstPlotUs: 34,
    firstPartnerUs: 52,
    firstTrackUs: 46,
    launchDeclaredUs: 61,
    impactEstimateUs: 142,
    publicWarningUs: null,
  },
  KOR: {
    firstPlotUs: 41,
    firstPartnerUs: 66,
    firstTrackUs: 49,
    launchDeclaredUs: 58,
    impactEstimateUs: 160,
    publicWarningUs: null,
  },
  JPN: {
    firstPlotUs: 118,
    firstPartnerUs: 64,
    firstTrackUs: 70,
    launchDeclaredUs: 84,
    impactEstimateUs: 171,
    publicWarningUs: 205,
  },
};

export function milestones(nation: Nation, s: number): Milestones {
  const at = (key: keyof Milestones): number | null => {
    const v = KNEW[nation][key];
    return v !== null && v <= s ? LAUNCH_US + v * 1e6 : null;
  };
  return {
    firstPlotUs: at('firstPlotUs'),
    firstPartnerUs: at('firstPartnerUs'),
    firstTrackUs: at('firstTrackUs'),
    launchDeclaredUs: at('launchDeclaredUs'),
    impactEstimateUs: at('impactEstimateUs'),
    publicWarningUs: at('publicWarningUs'),
  };
}

const same = (text: string): Trilingual => ({ en: text, ko: text, ja: text });

function sector(at: LonLat, boresight: number, half: number, rangeKm: number): [number, number][] {
  const arc = Array.from({ length: 41 }, (_, i) =>
    destination(at, boresight - half + (2 * half * i) / 40, rangeKm),
  );
  return half >= 180 ? arc : [at, ...arc, at];
}

function radar(
  id: string,
  nation: Nation,
  name: Trilingual,
  type: string,
  at: LonLat,
  boresight: number,
  half: number,
  rangeKm: number,
  assumed: boolean,
): SiteView {
  return {
    id,
    name,
    nation,
    kind: 'radar',
    type,
    latitudeDeg: at[1],
    longitudeDeg: at[0],
    heightM: 50,
    boresightDeg: boresight,
    sectorHalfWidthDeg: half,
    maxRangeKm: rangeKm,
    coverage: [
      { heightKm: 300, ring: sector(at, boresight, half, rangeKm) },
      { heightKm: 100, ring: sector(at, boresight, half, Math.min(rangeKm, 1100)) },
    ],
    notional: assumed
      ? [
          { group: 'position', basis: 'notional', note: 'Invented position on the coast.' },
          { group: 'sector', basis: 'assumption', note: 'The sector is not published.' },
        ]
      : [{ group: 'sigma', basis: 'assumption', note: 'Beamwidth / 20.' }],
  };
}

export const SITES: readonly SiteView[] = [
  radar(
    'KR-GP1',
    'KOR',
    { en: 'Radar A', ko: '레이더 A', ja: 'レーダー A' },
    'EL/M-2080',
    [127.3, 36.6],
    20,
    60,
    800,
    true,
  ),
  radar(
    'KR-GP2',
    'KOR',
    { en: 'Radar B', ko: '레이더 B', ja: 'レーダー B' },
    'EL/M-2080',
    [127.1, 35.2],
    40,
    60,
    800,
    true,
  ),
  radar(
    'JP-SHARIKI',
    'USA',
    { en: 'Shariki', ko: '샤리키', ja: '車力' },
    'AN/TPY-2',
    [140.338, 40.888],
    290,
    60,
    1500,
    false,
  ),
  radar(
    'JP-KYOGA',
    'USA',
    { en: 'Kyogamisaki', ko: '교가미사키', ja: '経ヶ岬' },
    'AN/TPY-2',
    [135.2, 35.77],
    320,
    60,
    1500,
    false,
  ),
  radar(
    'JP-FPS5-O',
    'JPN',
    { en: 'Ominato', ko: '오미나토', ja: '大湊' },
    'J/FPS-5',
    [141.1, 41.3],
    290,
    60,
    1300,
    false,
  ),
  radar(
    'JP-FPS5-S',
    'JPN',
    { en: 'Sado', ko: '사도', ja: '佐渡' },
    'J/FPS-5',
    [138.36, 38.02],
    310,
    60,
    1300,
    false,
  ),
  radar(
    'JP-FPS5-K',
    'JPN',
    { en: 'Shimo-Koshiki', ko: '시모코시키', ja: '下甑島' },
    'J/FPS-5',
    [129.7, 31.64],
    330,
    60,
    1300,
    false,
  ),
  {
    id: 'US-IR-1',
    nation: 'USA',
    name: { en: 'Satellite W', ko: '위성 W', ja: '衛星 W' },
    kind: 'infrared',
    type: 'GEO infrared',
    latitudeDeg: 0,
    longitudeDeg: 135,
    heightM: 35786000,
    coverage: [],
    notional: [{ group: 'position', basis: 'notional', note: 'Longitude invented.' }],
  },
];

function trackOf(nation: Nation, f: Flight, nowUs: number): TrackView | undefined {
  const s = (nowUs - f.launchUs) / 1e6;
  const knew = KNEW[nation];
  if (s < (knew.firstTrackUs ?? Infinity)) return undefined;
  const over = s >= f.flightS;
  const [lon, lat, heightKm] = position(f, s);
  const ahead = position(f, s + 1);
  const own = s >= (knew.firstPlotUs ?? Infinity);
  const partner = s >= (knew.firstPartnerUs ?? Infinity);
  const sharp = Math.max(0.06, Math.exp(-s / 260));
  const climbKmps = over ? 0 : ahead[2] - heightKm;
  const ground = f.rangeKm / f.flightS;
  const phase = s < 150 ? 'boost' : s < f.flightS - 60 ? 'coast' : 'reentry';
  const impact = position(f, f.flightS);
  const track: TrackView = {
    id: `${nation}-T1`,
    launchId: f.id,
    phase,
    status: over ? 'impact' : 'held',
    source: own && partner ? 'both' : own ? 'own' : 'partner',
    lastObservedUs: Math.min(nowUs - 1.2e6, f.launchUs + f.flightS * 1e6),
    latitudeDeg: lat,
    longitudeDeg: lon,
    heightKm,
    speedMps: Math.hypot(climbKmps, ground) * 1000 * Math.min(1, 0.15 + s / 170),
    headingDeg: 80 + 30 * Math.min(1, s / f.flightS),
    climbDeg: (Math.atan2(climbKmps, ground) * 180) / Math.PI,
    rates: over ? [0, 0, 0] : [ahead[1] - lat, ahead[0] - lon, climbKmps],
    positionUncertaintyM: 400 + 9000 * sharp,
    sources: [
      ...(own
        ? [
            {
              source: `${nation}/${nation === 'KOR' ? 'KR-GP1' : nation === 'JPN' ? 'JP-FPS5-O' : 'JP-SHARIKI'}`,
              node: nation,
              kind: 'radar' as const,
              firstUs: f.launchUs + (knew.firstPlotUs ?? 0) * 1e6,
              lastUs: nowUs - 1.2e6,
            },
          ]
        : []),
      ...(partner
        ? [
            {
              source: nation === 'USA' ? 'KOR/*' : 'USA/*',
              node: nation === 'USA' ? ('KOR' as const) : ('HUB' as const),
              kind: 'unknown' as const,
              firstUs: f.launchUs + (knew.firstPartnerUs ?? 0) * 1e6,
              lastUs: nowUs - 3e6,
            },
          ]
        : []),
    ].map((x) => ({ ...x, firstUs: Math.round(x.firstUs), lastUs: Math.round(x.lastUs) })),
    flown: path(f, Math.max(0, (knew.firstTrackUs ?? 0) - 12), Math.min(s, f.flightS), 60),
    predicted: over || s < 80 ? [] : path(f, s, f.flightS, 60),
    launch: {
      kind: 'launch',
      timeUs: Math.round(nowUs),
      atUs: f.launchUs,
      atSigmaS: 3,
      latitudeDeg: f.site[1] + 0.03,
      longitudeDeg: f.site[0] - 0.04,
      ellipse95: { semiMajorM: 9000 + 16000 * sharp, semiMinorM: 4000 + 5000 * sharp, azimuthDeg: 80 },
    },
  };
  if (s >= (knew.impactEstimateUs ?? Infinity)) {
    track.impact = {
      kind: 'impact',
      timeUs: Math.round(nowUs),
      atUs: f.launchUs + f.flightS * 1e6,
      atSigmaS: 60 * sharp,
      latitudeDeg: impact[1],
      longitudeDeg: impact[0],
      ellipse95: { semiMajorM: 15000 + 420000 * sharp, semiMinorM: 6000 + 60000 * sharp, azimuthDeg: 110 },
    };
    track.apogeeKm = f.apogeeKm - 20 * sharp;
    track.rangeClass = 'intermediate';
    track.rangeClassProbability = 1 - 0.3 * sharp;
  }
  return track;
}

const AREAS_1 = ['JP-01', 'JP-02', 'JP-13'];
const AREAS_2 = ['JP-01', 'JP-02'];

function warnings(nation: Nation, s: number): WarningView[] {
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

function links(nation: Nation, nowUs: number): LinkView[] {
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
      sent: hubless ? 0 : 231,
      received: hubless ? 0 : 198,
      denied: hubless ? 61 : 4,
      queued: 0,
    };
  });
}

function events(nation: Nation, s: number): EventView[] {
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
      { en: 'First data from a partner.', ko: '상대국 정보 최초 수신.', ja: '相手国から最初の情報。' },
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

function assessments(nation: Nation, s: number): AssessmentView[] {
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

export function nationHello(nation: Nation): NationHello {
  return {
    type: 'nationHello',
    protocol: 1,
    nation,
    mode: 'exercise',
    sites: SITES.filter((s) => s.nation === nation),
    regionPrefix: nation === 'JPN' ? 'JP' : nation === 'KOR' ? 'KR' : 'US',
  };
}

/** `crowd` more tracks for measuring: short flights all over the region. */
function crowdTracks(nation: Nation, count: number, nowUs: number): TrackView[] {
  return Array.from({ length: count }, (_, i) => {
    const f: Flight = {
      id: `C${i}`,
      site: [120 + (i % 40), 24 + Math.floor(i / 40) * 0.8],
      azimuth: (i * 37) % 360,
      rangeKm: 600 + (i % 9) * 120,
      apogeeKm: 120 + (i % 7) * 60,
      flightS: 400,
      launchUs: nowUs - ((i * 7) % 380) * 1e6 - 1e6,
    };
    const fixed = { ...f, launchUs: LAUNCH_US + (((i * 7) % 380) - 380) * 1e6 };
    const s = (((nowUs - fixed.launchUs) / 1e6) % 400) + 0.001;
    const moving = { ...fixed, launchUs: nowUs - s * 1e6 };
    const [lon, lat, heightKm] = position(moving, s);
    const next = position(moving, s + 1);
    return {
      id: `${nation}-C${i}`,
      launchId: f.id,
      phase: 'coast',
      status: 'held',
      source: 'own',
      lastObservedUs: Math.round(nowUs),
      latitudeDeg: lat,
      longitudeDeg: lon,
      heightKm,
      speedMps: 2500,
      headingDeg: f.azimuth,
      climbDeg: 10,
      rates: [next[1] - lat, next[0] - lon, next[2] - heightKm],
      positionUncertaintyM: 500,
      sources: [],
      flown: path(moving, Math.max(0, s - 100), s, 12),
      predicted: path(moving, s, 400, 12),
    };
  });
}

export function picture(
  nation: Nation,
  timeUs: number,
  run: number,
  sequence: number,
  crowd = 0,
): PictureMessage {
  const s = (timeUs - LAUNCH_US) / 1e6;
  const track = trackOf(nation, FLIGHT, timeUs);
  return {
    type: 'picture',
    nation,
    mode: 'exercise',
    sequence,
    timeUs: Math.round(timeUs),
    run,
    tracks: [...(track ? [track] : []), ...crowdTracks(nation, crowd, timeUs)],
    assessments: assessments(nation, s),
    milestones: milestones(nation, s),
    warnings: warnings(nation, s),
    links: links(nation, Math.round(timeUs)),
    events: events(nation, s),
  };
}

export function exerciseHello(): ExerciseHello {
  return {
    type: 'exerciseHello',
    protocol: 1,
    mode: 'exercise',
    nations: [...NATIONS],
    startUs: START_US,
    endUs: END_US,
    scenario: {
      id: '2022-10-04',
      title: {
        en: 'Overflight of 4 October 2022',
        ko: '2022년 10월 4일 상공 통과',
        ja: '2022年10月4日 上空通過',
      },
      summary: {
        en: 'A simulated flight fitted to the published apogee and range.',
        ko: '공개된 최고 고도와 사거리에 맞춘 모의 비행.',
        ja: '公表された最高高度と射程に合わせた模擬飛行。',
      },
      source: 'Japan MoD, 2022-10-04',
      assumptions: [
        {
          en: 'Sensor sites are partly notional.',
          ko: '센서 위치 일부는 가상입니다.',
          ja: 'センサーの位置の一部は架空です。',
        },
      ],
    },
    launches: [
      {
        id: 'L1',
        launchUs: LAUNCH_US,
        latitudeDeg: SITE[1],
        longitudeDeg: SITE[0],
        place: { en: 'Mupyong-ni', ko: '무평리', ja: '舞坪里' },
      },
    ],
    sites: [...SITES],
    asOf: '2022-10-04',
    agreements: [
      { id: 'TISA-2014', title: same('TISA'), state: 'inForce', route: 'KOR-USA-JPN' },
      { id: 'GSOMIA-2016', title: same('GSOMIA'), state: 'suspended', route: 'KOR-JPN' },
    ],
  };
}

export function exerciseState(
  timeUs: number,
  run: number,
  sequence: number,
  speed: number,
  paused: boolean,
): ExerciseState {
  const s = (timeUs - LAUNCH_US) / 1e6;
  const [lon, lat, h] = position(FLIGHT, s);
  return {
    type: 'exercise',
    sequence,
    run,
    timeUs: Math.round(timeUs),
    speed,
    paused,
    ended: timeUs >= END_US,
    milestones: { USA: milestones('USA', s), KOR: milestones('KOR', s), JPN: milestones('JPN', s) },
    truth:
      s > 0 && s < FLIGHT_S
        ? [{ id: 'L1', latitudeDeg: lat, longitudeDeg: lon, heightKm: h, thrusting: s < 150 }]
        : [],
  };
}
