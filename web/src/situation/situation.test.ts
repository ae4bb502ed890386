import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type { Topology } from 'topojson-specification';
import type { Language } from '../../../src/node/wire.ts';
import { exerciseHello, LAUNCH_US, picture } from '../../testing/mock-feed.ts';
import { prepareCountries, prepareRegions } from '../globe/map-data.ts';
import { en } from '../i18n/en.ts';
import { ja } from '../i18n/ja.ts';
import { ko } from '../i18n/ko.ts';
import { createGazetteer, placeWithDistance, seaAt } from './places.ts';
import { principalTrack, describe as tell } from './situation.ts';

const require = createRequire(import.meta.url);
const countries = prepareCountries(
  JSON.parse(readFileSync(require.resolve('world-atlas/countries-110m.json'), 'utf8')) as Topology,
);
/** A region turned as RFC 7946 has it (counter-clockwise), which d3 would take for the rest of the world. */
const regions = prepareRegions({
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      properties: { code: 'JP-02', name: { en: 'Aomori', ko: '아오모리', ja: '青森県' } },
      geometry: {
        type: 'Polygon',
        coordinates: [
          [
            [140, 40.4],
            [141.6, 40.4],
            [141.6, 41.5],
            [140, 41.5],
            [140, 40.4],
          ],
        ],
      },
    },
    { type: 'Feature', properties: {}, geometry: null },
  ],
});
const gazetteer = createGazetteer(
  countries.all,
  regions.map((r) => ({ names: r, feature: r.feature })),
  en.place.country,
);
const catalogues = { en, ko, ja };
const launches = exerciseHello().launches;
const sentence = (s: number, language: Language, old = false): string => {
  const timeUs = LAUNCH_US + s * 1e6;
  const context = { t: catalogues[language], language, zone: 'JST' as const, gazetteer, launches, old };
  return tell(picture('JPN', timeUs, 1, 1), timeUs, context)
    .parts.join(' · ')
    .replaceAll('\u00a0', ' ')
    .replaceAll('\u2060', '');
};

describe('places', () => {
  it('reads regions of either winding and skips what is none', () => {
    assert.deepEqual(
      regions.map((r) => r.code),
      ['JP-02'],
    );
    assert.deepEqual(gazetteer.locate([140.8, 40.9]), { kind: 'region', name: regions[0].name });
    assert.notEqual(gazetteer.locate([10, -40]).kind, 'region');
  });
  it('names countries and seas', () => {
    assert.deepEqual(gazetteer.locate([126.43, 40.61]), { kind: 'country', id: '408' });
    assert.deepEqual(gazetteer.locate([127.5, 36.5]), { kind: 'country', id: '410' });
    assert.equal(seaAt([134, 40]), 'eastSea');
    assert.equal(seaAt([123, 36]), 'yellowSea');
    assert.equal(seaAt([124, 28]), 'eastChinaSea');
    assert.equal(seaAt([150, 53]), 'okhotsk');
    assert.equal(seaAt([165, 35]), 'pacific');
    assert.equal(seaAt([-170, 30]), 'pacific');
    assert.equal(seaAt([0, 0]), 'other');
  });
  it('tells distance and direction from the nearest land of the two', () => {
    assert.equal(
      placeWithDistance([180, 36], gazetteer, en, 'en').replaceAll('\u00a0', ' '),
      'the Pacific, 3,000 km east of Japan',
    );
    assert.match(placeWithDistance([130.2, 39.5], gazetteer, en, 'en'), /of South Korea$/);
  });
});

describe('the situation in one sentence', () => {
  it('says launch, place and predicted impact in each language', () => {
    assert.equal(
      sentence(240, 'en'),
      'Launched 07:22 JST from the Mupyong-ni area · now 595 km up over the East Sea / Sea of Japan, heading 85° · predicted impact 07:44 JST, the Pacific, 3,000 km east of Japan',
    );
    assert.match(
      sentence(240, 'ko'),
      /07:22 JST 무평리 일대에서 발사 · 현재 동해 상공 595 km, 방위 85°로 비행 · 07:44 JST .*낙하 예상/,
    );
    assert.match(
      sentence(240, 'ja'),
      /07:22 JST 舞坪里付近から発射 · 現在 日本海上空 595 km、方位 85° へ飛翔 · 07:44 JST頃 .*落下予測/,
    );
  });
  it('has no sentence without a track, and none of now when the picture is old', () => {
    assert.equal(sentence(60, 'en'), '');
    assert.match(sentence(240, 'en', true), /last observed 07:25:58 JST/);
    assert.doesNotMatch(sentence(240, 'en', true), /now/);
  });
  it('says impact when it is over', () => {
    assert.match(sentence(1400, 'en'), /· impact 07:44 JST/);
  });
  it('W7 never says impact of a prediction whose time is over', () => {
    const timeUs = LAUNCH_US + 400e6;
    const seen = picture('JPN', timeUs, 1, 1);
    const nowUs = seen.tracks[0].impact!.atUs + 60e6;
    for (const status of ['held', 'stale', 'lost'] as const) {
      const tracks = [{ ...seen.tracks[0], status }];
      const words = (['en', 'ko', 'ja'] as const).map((language) => {
        const context = { t: catalogues[language], language, zone: 'JST' as const, gazetteer, launches };
        return tell({ ...seen, tracks }, nowUs, context).parts.at(-1)!;
      });
      assert.match(words[0], /impact was predicted for .*not confirmed/);
      assert.match(words[1], /낙하 예측, 낙하 미확인/);
      assert.match(words[2], /落下予測、落下は未確認/);
    }
  });
  it('puts a held track before a lost one, and the first to fall before the others', () => {
    const [held] = picture('JPN', LAUNCH_US + 400e6, 1, 1).tracks;
    const lost = { ...held, id: 'a', status: 'lost' as const };
    const later = { ...held, id: 'b', impact: { ...held.impact!, atUs: held.impact!.atUs + 60e6 } };
    assert.equal(principalTrack([lost, later, held])?.id, held.id);
    assert.equal(principalTrack([]), undefined);
  });
});
