/** A glide over land in a whole run, up to the public message that its fall cannot be foretold. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ExerciseRun, prepareRun } from '../src/exercise/run.ts';
import { PROJECT_ROOT } from '../src/exercise/scenario.ts';

test('the glide of 2024-01-14 turned over the Republic of Korea: its public is told that the fall cannot be foretold', () => {
  const dir = mkdtempSync(join(tmpdir(), 'beaconfire-glide-'));
  try {
    const scenario = join(dir, 'turned.yaml');
    const text = readFileSync(join(PROJECT_ROOT, 'scenarios', '2024-01-14-first-use.yaml'), 'utf8');
    writeFileSync(scenario, text.replace('bearingDeg: 64', 'bearingDeg: 145'));
    const options = prepareRun({ scenario });
    const run = new ExerciseRun(options);
    const launchUs = options.world.flights[0].launchUs;
    run.advanceTo(launchUs + 240e6);
    const issued = run.node('KOR').warnings.issued.map((i) => i.warning);
    const told = issued.filter((w) => w.stage === 'fallUnknown');
    const outline = issued.map((w) => `${w.messageType} ${w.stage}`).join();
    assert.equal(told.length, 1, outline);
    const calledUs = run.node('KOR').pictureOf.tracks()[0].notBallisticUs!;
    assert.ok(told[0].sentUs >= calledUs && told[0].sentUs - calledUs <= 2e6, outline);
    assert.equal(issued.at(-1), told[0]);
    assert.deepEqual(
      told[0].areas.map((a) => a.code),
      issued.at(-2)!.areas.map((a) => a.code),
    );
    assert.match(told[0].description.ko, /변칙 궤도.*예측할 수 없습니다.*경보는 계속 유지됩니다/s);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
