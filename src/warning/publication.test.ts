import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { isSimpleRing } from '../formats/cap.ts';
import { BeaconfireError } from '../model/errors.ts';
import { LANGUAGES } from '../model/nation.ts';
import { WarningDesk } from './desk.ts';
import { flight20221004, flightTo, inputAt } from './lifecycle.fixture.ts';
import { coarseOutline } from './outline.ts';
import { capOf, exerciseConfig, type IssuedWarning } from './publication.ts';
import { REGIONS, regionContains } from './regions.ts';
import { defaultRules, parseWarningRules } from './rules.ts';

const isBad = (e: unknown) => e instanceof BeaconfireError && e.code === 'BF_WARNING';

function published(): IssuedWarning[] {
  const out: IssuedWarning[] = [];
  for (const [f, nation] of [
    [flight20221004(), 'JPN'],
    [flightTo('south', 37, 127.5, 360), 'KOR'],
  ] as const) {
    const desk = new WarningDesk(exerciseConfig(nation));
    for (let t = 0; t < f.flightS + 700; t += 15) desk.step(inputAt(f, t));
    out.push(...desk.issued);
  }
  return out;
}

test('every published document and ready-made retraction conforms to the XML Schema of CAP 1.2', (t) => {
  const xsd = new URL('../../../shared/schemas/CAP-v1.2.xsd', import.meta.url);
  if (!existsSync(xsd)) return t.skip('NOT RUN: ../shared/schemas/CAP-v1.2.xsd is absent');
  if (spawnSync('xmllint', ['--version']).error)
    return t.skip('NOT RUN: xmllint is absent (apt package libxml2-utils)');
  for (const i of published()) {
    for (const cap of [i.cap, i.retraction?.cap]) {
      if (cap === undefined) continue;
      const run = spawnSync('xmllint', ['--noout', '--schema', fileURLToPath(xsd), '-'], { input: cap });
      assert.equal(run.status, 0, String(run.stderr));
    }
  }
});

test('a document holds each area by name in its language, code and outline, and the message in three languages', () => {
  for (const { warning, cap, short } of published()) {
    for (const area of warning.areas) {
      const region = REGIONS.find((r) => r.code === area.code)!;
      for (const l of LANGUAGES) assert.ok(cap.includes(`<areaDesc>${region.name[l]}</areaDesc>`));
      assert.equal(cap.split(`<value>${area.code}</value>`).length - 1, 3);
    }
    for (const l of LANGUAGES) {
      assert.ok(cap.includes(`<headline>${warning.headline[l]}</headline>`) && cap.includes(short[l]));
    }
    assert.match(cap, /<status>Exercise<\/status>/);
  }
});

test('W14 a warning of one mode is refused on the channel or by the desk of the other', () => {
  const [first] = published();
  const config = exerciseConfig('JPN');
  assert.throws(() => capOf(first.warning, first.short, config, 'live'), isBad);
  assert.throws(
    () => capOf({ ...first.warning, mode: 'live' }, first.short, { ...config, mode: 'live' }, 'live'),
    isBad,
  );
  assert.throws(() => capOf(first.warning, first.short, { ...config, mode: 'live' }, 'live'), isBad);
  const field = fc.constantFrom('headline', 'description', 'instruction');
  fc.assert(
    fc.property(
      field,
      fc.constantFrom(...LANGUAGES),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      (name, l, cut, front) => {
        const text = first.warning[name as 'headline'][l];
        const broken = front ? text.slice(cut) : text.slice(0, -cut - (l === 'en' ? 1 : 0));
        const w = { ...first.warning, [name]: { ...first.warning[name as 'headline'], [l]: broken } };
        // Cutting no more than the full stop leaves the word whole.
        if (!front && cut === 1 && l !== 'en') capOf(w, first.short, config, 'exercise');
        else assert.throws(() => capOf(w, first.short, config, 'exercise'), isBad);
      },
    ),
  );
});

test('coarse outlines are closed and simple, stay near the region, and hold its inside', () => {
  let points = 0;
  for (const region of REGIONS) {
    for (const ring of coarseOutline(region)) {
      assert.ok(isSimpleRing(ring), region.code);
      points += ring.length;
    }
    const [main] = coarseOutline(region);
    const contains = (lat: number, lon: number) => {
      let odd = false;
      for (let i = 1; i < main.length; i++) {
        const [[x0, y0], [x1, y1]] = [main[i - 1], main[i]];
        if (y0 > lat !== y1 > lat && lon < ((x1 - x0) * (lat - y0)) / (y1 - y0) + x0) odd = !odd;
      }
      return odd;
    };
    const box = region.polygons[0].box;
    let [agree, all] = [0, 0];
    for (let i = 0; i < 1600; i++) {
      const lon = box[0] + ((i % 40) + 0.5) * ((box[2] - box[0]) / 40);
      const lat = box[1] + (Math.floor(i / 40) + 0.5) * ((box[3] - box[1]) / 40);
      const real = regionContains(
        { ...region, polygons: [{ ...region.polygons[0], rings: [region.polygons[0].rings[0]] }] },
        lat,
        lon,
      );
      if (!real && !contains(lat, lon)) continue;
      all++;
      if (real === contains(lat, lon)) agree++;
    }
    assert.ok(agree / all > 0.8, `${region.code}: ${agree / all}`);
  }
  assert.ok(points < 9000, String(points));
});

test("rules: the nations' files load, and a contradiction is refused", () => {
  for (const nation of ['JPN', 'KOR'] as const) assert.ok(defaultRules(nation).corroboration >= 2);
  const text = JSON.stringify({ ...defaultRules('JPN'), clearProbability: 0.5 });
  assert.throws(
    () => parseWarningRules(text, 'rules.yaml'),
    (e) => e instanceof BeaconfireError && e.code === 'BF_FIELD' && /clearProbability/.test(e.message),
  );
});
