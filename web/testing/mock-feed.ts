/**
 * What a node would send of a flight like that of 2022-10-04 (40.61 N 126.43 E, bearing 80°, 4,600 km, apogee
 * 1,000 km, 1,320 s), made analytically: a great circle with a parabola over it. For the page's development
 * and its tests; it simulates nothing.
 */
import type {
  ExerciseHello,
  ExerciseState,
  Nation,
  NationHello,
  PictureMessage,
  Trilingual,
} from '../../src/node/wire.ts';
import {
  END_US,
  FLIGHT,
  FLIGHT_S,
  LAUNCH_US,
  milestones,
  NATIONS,
  position,
  SITE,
  START_US,
} from './mock-flight.ts';
import { conflicts, recalls, sensorHealth, withdrawals } from './mock-health.ts';
import { agreements, alarms, releases, unconfirmed } from './mock-sharing.ts';
import { SITES } from './mock-sites.ts';
import { crowdTracks, trackOf } from './mock-tracks.ts';
import { assessments, events, links, warnings } from './mock-words.ts';

export { END_US, LAUNCH_US, START_US } from './mock-flight.ts';

const same = (text: string): Trilingual => ({ en: text, ko: text, ja: text });

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
    releases: releases(nation, s),
    agreements: agreements(s),
    unconfirmed: unconfirmed(nation, s),
    alarms: alarms(nation, s),
    sensorHealth: sensorHealth(nation),
    conflicts: conflicts(nation, s),
    recalls: recalls(nation, s),
    withdrawals: withdrawals(nation, s),
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
