/**
 * Beaconfire as it is installed: packed as npm would publish it, unpacked into a project of its own, used with plain
 * Node. There Node reads no TypeScript, nothing is built, and no file of the checkout is at hand.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the package, installed', { timeout: 120_000 }, () => {
  const project = mkdtempSync(join(tmpdir(), 'beaconfire-package-'));
  const installed = join(project, 'node_modules', 'beaconfire');
  const run = (...argv: string[]) =>
    spawnSync(process.execPath, argv, { cwd: project, encoding: 'utf8', timeout: 60_000 });

  before(() => {
    const pack = spawnSync('npm', ['pack', '--silent', '--pack-destination', project], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(pack.status, 0, pack.stderr);
    mkdirSync(installed, { recursive: true });
    const archive = join(project, pack.stdout.trim().split('\n').at(-1)!);
    assert.equal(spawnSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']).status, 0);
    // What npm would install beside it: what it says it needs, and nothing else.
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const link = join(project, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), link);
    }
    writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  it('gives the tracker as a library to plain Node, with its types', () => {
    writeFileSync(
      join(project, 'use.ts'),
      `import { type Plot, type Sensor, Tracker } from 'beaconfire/tracking';
const sigma = { rangeM: 30, azimuthDeg: 0.05, elevationDeg: 0.05 };
const place = { latitudeDeg: 37, longitudeDeg: 127, heightM: 0 };
const radar: Sensor = { id: 'R1', kind: 'radar', ...place, sigma };
// @ts-expect-error: there is no such kind, and the types say so
export const sonar: Sensor = { id: 'R2', kind: 'sonar', ...place, sigma };
const plot: Plot = { kind: 'radar', sensor: 'R2', timeUs: 1, rangeM: 1, azimuthRad: 0, elevationRad: 0 };
console.log(JSON.stringify(new Tracker([radar]).addPlot(plot)));
`,
    );
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = [
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      '',
    ];
    const compiled = run(tsc, ...options, 'use.ts');
    assert.equal(compiled.status, 0, compiled.stdout);
    assert.deepEqual(JSON.parse(run('use.js').stdout), { accepted: false, reason: 'unknownSensor' });
  });

  it('runs the command', () => {
    const bin = join(installed, 'bin', 'beaconfire.mjs');
    const flight = ['--site', '40,126', '--bearing', '80', '--apogee-km', '970', '--range-km', '4500'];
    const fly = run(bin, 'fly', ...flight, '--json');
    assert.equal(fly.status, 0, fly.stderr);
    assert.ok(Math.abs((JSON.parse(fly.stdout) as { apogeeKm: number }).apogeeKm - 970) < 1);
    const check = run(bin, 'agreements', 'check', join(installed, 'agreements'));
    assert.equal(check.status, 0, check.stderr);
  });

  it('serves the page', async () => {
    const argv = [join(installed, 'bin', 'beaconfire.mjs'), 'start', '--port', '0', '--json'];
    const node = spawn(process.execPath, argv, { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(node.stdout, 'data')) as [Buffer];
      const { url } = JSON.parse(String(line)) as { url: string };
      for (const path of ['', 'app.js', 'data/regions.json'])
        assert.equal((await fetch(new URL(path, url))).status, 200, path);
    } finally {
      node.kill('SIGTERM');
      await once(node, 'exit');
    }
  });
});
