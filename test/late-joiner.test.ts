/** In process: who comes late to a flight in progress asks for what it was given, and its picture becomes that of the others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InProcessNetwork } from '../src/exchange/index.ts';

import { catchesUp, Exercise, launchUs, type Net, SHORT, STEP_US, states } from './late-joiner.fixture.ts';

function inProcess(x: Exercise): Net {
  const network = new InProcessNetwork(x.clock, {
    links: [
      { between: ['KOR', 'HUB'], latencyUs: 20000 },
      { between: ['USA', 'HUB'], latencyUs: 5000 },
      { between: ['JPN', 'HUB'], latencyUs: 30000 },
    ],
    ...SHORT,
  });
  network.setLink('JPN', 'HUB', false);
  return {
    transport: (node) => network.transport(node),
    join(node) {
      network.restart(node);
      network.setLink(node, 'HUB', true);
    },
    step() {},
  };
}

test('in process: who comes late to a flight in progress has the picture of the others within seconds, and warns; when the flight is over, of nothing', async (t) => {
  const x = new Exercise();
  const net = inProcess(x);
  x.start(net);
  await x.runTo(230);
  await net.join('JPN');
  const jpn = x.join('JPN');
  jpn.catchUp();
  await catchesUp(x, jpn, (text) => t.diagnostic(text));
  await x.runTo(255);

  // It has the very picture that it would have had if it had been there all along.
  const y = new Exercise();
  const always = inProcess(y);
  y.start(always);
  await always.join('JPN');
  y.join('JPN');
  await y.runTo(255);
  assert.deepEqual(states(x), states(y));
  const { problems, counts } = x.finish();
  assert.deepEqual(problems, []);
  t.diagnostic(`${counts.sent} sent, ${counts.received} received, ${counts.accounted} told as not carried`);

  // Who comes when the flight is over, and has lost what it knew, has its track as ended and warns of nothing.
  y.clock.advanceTo(launchUs + 1800e6);
  await always.join('JPN');
  const late = y.join('JPN');
  late.catchUp();
  for (let i = 0; i < 20; i++) {
    y.clock.advanceTo(y.clock.nowUs() + STEP_US);
    late.tick();
  }
  const given = y.records('JPN').filter((r) => r.kind === 'received' && r.body.history);
  assert.ok(given.length > 100, `${given.length} envelopes by history`);
  assert.deepEqual(
    late.pictureOf.tracks().map((track) => track.status === 'impact' || track.status === 'lost'),
    [true],
    'one track, ended',
  );
  assert.deepEqual(late.warnings.issued, []);
});
