/**
 * Published launches against the generic flight: apogee and range in, flight time out. The boost is that of the
 * class of each, nothing is tuned to a launch. Single facts, each with its source.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedData } from '../earth/reference.testing.ts';
import { fitFlight } from './fit.ts';
import { twoBodyFlightTimeS } from './twobody.ts';

/** `exact`: the claimant gave a measured apogee. `rounded`: a floor ("over 2,000 km") or tens and hundreds, times in whole minutes. */
type Quality = 'exact' | 'rounded';

interface Claim {
  day: string;
  claimant: string;
  latitudeDeg: number;
  longitudeDeg: number;
  bearingDeg: number;
  apogeeKm: number;
  rangeKm: number;
  timeS: number;
  quality: Quality;
  source: string;
}

// Launch sites and bearings: nagix/CNS missile test database (bearings read from the maps of the Japanese ministry of
// defence); that of 2019-10-01 is that database's default of 90.
const KUSONG = [40.0659, 125.2099] as const;
const MUPYONG = [40.611208, 126.425743] as const;
const SUNAN = [39.200159, 125.673256] as const;
const PYONGSONG = [39.282, 125.869] as const;
const YONGHUNG = [39.26, 127.58] as const;
const SAMSOK = [39.112, 125.998] as const;

const claim = (
  day: string,
  claimant: string,
  [latitudeDeg, longitudeDeg]: readonly [number, number],
  bearingDeg: number,
  apogeeKm: number,
  rangeKm: number,
  timeS: number,
  quality: Quality,
  source: string,
): Claim => ({
  day,
  claimant,
  latitudeDeg,
  longitudeDeg,
  bearingDeg,
  apogeeKm,
  rangeKm,
  timeS,
  quality,
  source,
});

const CLAIMS: readonly Claim[] = [
  claim(
    '2017-05-14',
    'JMOD',
    KUSONG,
    71,
    2000,
    800,
    1800,
    'rounded',
    'Jiji, Chief Cabinet Secretary: about 30 min; over 2000 km',
  ),
  claim(
    '2017-05-14',
    'CSIS',
    KUSONG,
    71,
    2111.5,
    700,
    1800,
    'rounded',
    'strategicstudyindia.com 2017-07-08: 30 min',
  ),
  claim(
    '2017-07-28',
    'KCNA',
    MUPYONG,
    70,
    3724.9,
    998,
    2832,
    'exact',
    'janes.com 72745: 998 km, 47 min 12 s',
  ),
  claim(
    '2017-07-28',
    'JMOD',
    MUPYONG,
    70,
    3500,
    1000,
    2700,
    'rounded',
    'Chief Cabinet Secretary: about 45 min',
  ),
  claim(
    '2017-09-14',
    'JMOD',
    SUNAN,
    72,
    800,
    3700,
    1140,
    'rounded',
    'Japan Times 2017-09-15: 06:57 to 07:16',
  ),
  claim('2017-09-14', 'CSIS', SUNAN, 72, 770, 3700, 1140, 'rounded', 'missilethreat.csis.org: 19 min'),
  claim(
    '2017-11-28',
    'KCNA',
    PYONGSONG,
    76,
    4475,
    950,
    3180,
    'exact',
    'defence-industries.com (Reuters): 53 min',
  ),
  claim(
    '2017-11-28',
    'JMOD',
    PYONGSONG,
    76,
    4500,
    1000,
    3180,
    'rounded',
    'recollection of the release: about 53 min',
  ),
  claim(
    '2019-10-01',
    'JMOD',
    YONGHUNG,
    90,
    900,
    450,
    1020,
    'rounded',
    'release of the ministry: 07:10 to 07:27',
  ),
  claim(
    '2022-03-24',
    'KCNA',
    SUNAN,
    72,
    6248.5,
    1090,
    4052,
    'exact',
    'defence-blog.com: 6248.5 km, 1090 km, 67.5 min',
  ),
  claim(
    '2022-03-24',
    'JMOD',
    SUNAN,
    72,
    6000,
    1100,
    4260,
    'rounded',
    'mod.go.jp 2022/03/24d: over 6000 km, about 71 min',
  ),
  claim('2022-10-03', 'JMOD', MUPYONG, 80, 1000, 4600, 1320, 'rounded', 'jwing.net 57216: 07:22 to 07:44'),
  claim('2022-11-18', 'KCNA', SUNAN, 70, 6040.9, 999.2, 4135, 'exact', 'tass.com 1539159: 4135 s'),
  claim('2022-11-18', 'JMOD', SUNAN, 70, 6000, 1000, 4140, 'rounded', 'jiji.com 2022111800409: about 69 min'),
  claim('2023-07-12', 'KCNA', SAMSOK, 62, 6648.4, 1001.2, 4491, 'exact', 'nagix/CNS: 4491 s'),
  claim(
    '2023-07-12',
    'JMOD',
    SAMSOK,
    62,
    6000,
    1000,
    4440,
    'rounded',
    'fnn.jp 555756: over 6000 km, about 74 min',
  ),
];

const TOLERANCE: Readonly<Record<Quality, number>> = { exact: 0.03, rounded: 0.06 };

function judge(c: Claim) {
  const flight = fitFlight(c);
  const standing = twoBodyFlightTimeS(c.apogeeKm, c.rangeKm);
  const turning = twoBodyFlightTimeS(c.apogeeKm, c.rangeKm, c);
  return {
    flight,
    standing,
    turning,
    deviation: flight.flightTimeS / c.timeS - 1,
    possible: c.timeS > standing,
  };
}

test('every claimed flight time is met by the generic flight, and the impossible claim is found out', (t) => {
  t.diagnostic('day        by      apogee    range  claimed  flight  two-body(turning)   burn  deviation');
  const impossible: string[] = [];
  for (const c of CLAIMS) {
    const { flight, standing, turning, deviation, possible } = judge(c);
    t.diagnostic(
      `${c.day} ${c.claimant} ${c.apogeeKm.toFixed(1).padStart(8)} ${c.rangeKm.toFixed(1).padStart(8)} ${String(c.timeS).padStart(8)} ` +
        `${flight.flightTimeS.toFixed(0).padStart(7)} ${standing.toFixed(0).padStart(9)} (${turning.toFixed(0)}) ${flight.burnTimeS.toFixed(0).padStart(9)} ` +
        `${(100 * deviation).toFixed(2).padStart(8)} % ${flight.rangeClass}${possible ? '' : ' IMPOSSIBLE: shorter than two-body'}`,
    );
    assert.ok(
      flight.flightTimeS > standing && flight.flightTimeS > turning,
      `${c.day}: flight under the two-body floor`,
    );
    if (possible) {
      assert.ok(c.timeS > turning, `${c.day} ${c.claimant}: claim under the floor on the turning Earth`);
      assert.ok(
        Math.abs(deviation) < TOLERANCE[c.quality],
        `${c.day} ${c.claimant}: ${(100 * deviation).toFixed(2)} %`,
      );
    } else {
      impossible.push(`${c.day} ${c.claimant}`);
      assert.ok(deviation > TOLERANCE[c.quality], 'the generic flight sees it too');
    }
  }
  assert.deepEqual(impossible, ['2022-03-24 KCNA']);
});

test('the table is that of the published claims', (t) => {
  const text = sharedData('claims.csv');
  if (text === undefined) return t.skip('no published claims beside the repository');
  for (const c of CLAIMS) {
    const claimant = c.claimant === 'CSIS' ? '(CSIS|CSIS/press)' : c.claimant;
    const row = new RegExp(
      `^DPRK-${c.day}-\\d+,${c.day},[^,]*,${claimant},${c.apogeeKm},${c.rangeKm},${c.timeS},`,
      'm',
    );
    assert.match(text, row, `${c.day} ${c.claimant}`);
  }
});

test('every published ballistic launch with an apogee and a range can be flown', (t) => {
  const text = sharedData('launches.csv');
  if (text === undefined) return t.skip('no published launches beside the repository');
  const [head, ...lines] = text.trim().split('\n');
  const names = head.split(',');
  let flown = 0;
  for (const line of lines) {
    const values = line.split(',');
    assert.equal(values.length, names.length, line);
    const at = (name: string) => values[names.indexOf(name)];
    if (at('motion') !== 'ballistic' || !at('apogee_km') || !at('range_km')) continue;
    const apogeeKm = Number(at('apogee_km'));
    const rangeKm = Number(at('range_km'));
    const flight = fitFlight({
      latitudeDeg: Number(at('site_lat')),
      longitudeDeg: Number(at('site_lon')),
      bearingDeg: Number(at('bearing_deg')),
      apogeeKm,
      rangeKm,
    });
    assert.ok(
      Math.abs(flight.apogeeKm / apogeeKm - 1) < 1e-3 && Math.abs(flight.rangeKm / rangeKm - 1) < 1e-3,
      at('id'),
    );
    assert.ok(flight.flightTimeS > twoBodyFlightTimeS(apogeeKm, rangeKm), at('id'));
    flown++;
  }
  t.diagnostic(`${flown} launches flown`);
  assert.ok(flown > 80);
});
