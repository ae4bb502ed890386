import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import { VirtualScheduler } from '../model/clock.ts';
import { NATIONS, NODE_IDS, type NodeId } from '../model/nation.ts';
import { Journal, memorySink } from './journal.ts';
import { exerciseKeys } from './keys.ts';
import { InProcessNetwork, type LinkSpec } from './transport/inprocess.ts';
import { keyFileText, verifyJournals } from './verify-run.ts';
import { BEAT_US, WitnessOffice } from './witness-office.ts';

const { signers, ring } = exerciseKeys(7, NODE_IDS);
const LINKS: LinkSpec[] = NATIONS.map((n) => ({ between: [n, 'HUB'], latencyUs: 5000 }));

/** Four nodes with journals alone, each witnessed by notes over a network; no agreement is anywhere. */
function circle() {
  const clock = new VirtualScheduler(1_700_000_000e6);
  const network = new InProcessNetwork(clock, { links: LINKS, random: seededRandom(3) });
  const texts = new Map<NodeId, string>();
  const lives = new Map<NodeId, number>();
  const told: { at: NodeId; of: NodeId }[] = [];
  const nodes = new Map<NodeId, { journal: Journal; office: WitnessOffice; text: () => string }>();
  const start = (node: NodeId, text = ''): void => {
    const life = (lives.get(node) ?? 0) + 1;
    lives.set(node, life);
    const sink = memorySink();
    const signer = signers.get(node)!;
    const journal = Journal.resume({ clock, sink, signer, ring, source: text, torn: 0 });
    const transport = life === 1 ? network.transport(node) : network.restart(node);
    const office = new WitnessOffice({
      mode: 'exercise',
      clock,
      journal,
      signer: () => signer,
      ring,
      transport,
      onOtherHistory: (of) => told.push({ at: node, of }),
    });
    office.goOn(journal.past);
    journal.forgetPast();
    nodes.set(node, { journal, office, text: () => text + sink.text() });
    const beat = (): void => {
      if (lives.get(node) !== life || journal.closed) return;
      journal.write('plot', { n: journal.head.seq });
      office.beat();
      clock.at(clock.nowUs() + BEAT_US, beat);
    };
    const begunUs = clock.nowUs();
    const ask = (): void => {
      if (lives.get(node) !== life || told.some((t) => t.at === node && t.of === node)) return;
      if (office.answered || clock.nowUs() > begunUs + 5e6) beat();
      else {
        office.ask();
        clock.at(clock.nowUs() + 50_000, ask);
      }
    };
    ask();
  };
  for (const node of NODE_IDS) start(node);
  return {
    clock,
    network,
    told,
    nodes,
    start,
    /** Killed: what its journal then had. */
    kill(node: NodeId): string {
      lives.set(node, (lives.get(node) ?? 0) + 1);
      network.kill(node);
      return nodes.get(node)!.text();
    },
    advance: (s: number) => clock.advanceTo(clock.nowUs() + s * 1e6),
    report(change: (node: NodeId, text: string) => string = (_, text) => text) {
      for (const [node, { journal, text }] of nodes) {
        journal.close();
        texts.set(node, change(node, text()));
      }
      return verifyJournals(JSON.parse(keyFileText(ring, 'exercise', 'inJournals')), texts);
    },
  };
}

test('four nodes witness one another over notes: every journal cosigned by two, over loss, a cut and a kill', () => {
  const x = circle();
  x.advance(20);
  x.network.setFaults('KOR', 'HUB', { loss: 0.3, duplicates: 0.5, delayUs: 0, jitterUs: 3e6 });
  x.advance(60);
  x.network.setFaults('KOR', 'HUB', null);
  x.network.setLink('JPN', 'HUB', false);
  x.advance(30);
  x.network.setLink('JPN', 'HUB', true);
  for (const node of ['KOR', 'HUB'] as const) {
    const text = x.kill(node);
    x.advance(7);
    x.start(node, text);
    x.advance(20);
  }
  assert.deepEqual(x.told, []);
  const { problems, counts } = x.report();
  assert.deepEqual(problems, []);
  assert.ok(counts.beats > 4 * 55, `${counts.beats} beats`);
  assert.ok(counts.beatsAlone <= 4, `${counts.beatsAlone} at the end not signed by all`);
});

test('requests go at a steady rate and are of one length, however much a journal has to say', () => {
  const sizes = [0, 300].map((records) => {
    const x = circle();
    const heard: string[] = [];
    x.network.transport('HUB').onNote((from, bytes) => {
      const text = Buffer.from(bytes).toString();
      if (from === 'KOR' && text.includes('"type":"request"'))
        heard.push(`${x.clock.nowUs()} ${text.length}`);
    });
    for (let i = 0; i < records; i++) x.nodes.get('KOR')!.journal.write('plot', { i });
    x.advance(30);
    return heard;
  });
  assert.ok(sizes[0].length >= 28, `${sizes[0].length} requests`);
  assert.deepEqual(sizes[0], sizes[1]);
});

test('a journal that was put back to an earlier state is found out by its witnesses at the start, before it forks', () => {
  for (const node of ['JPN', 'HUB'] as const) {
    const x = circle();
    x.advance(10);
    const early = x.nodes.get(node)!.text();
    x.advance(10);
    x.kill(node);
    for (const text of [early, '']) {
      x.told.length = 0;
      x.start(node, text);
      x.advance(3);
      assert.deepEqual(x.told, [{ at: node, of: node }], `${node} with ${text.length} bytes`);
      // With the journal that says so itself, again and again: who starts it once more has not put it right.
      const refused = x.kill(node);
      assert.ok(refused.includes('"kind":"otherHistory"'));
      for (let life = 0; life < 2; life++) {
        x.told.length = 0;
        x.start(node, refused);
        x.advance(3);
        assert.deepEqual(x.told, [{ at: node, of: node }], `${node} started again`);
        x.kill(node);
      }
    }
  }
});

test('a node that goes on with an old journal all the same is shown to everybody with two checkpoints that it signed', () => {
  const x = circle();
  x.advance(10);
  const early = x.nodes.get('KOR')!.text();
  x.advance(10);
  x.kill('KOR');
  // It does not hear its witnesses: as a node would be that does not want to.
  x.start('KOR', early);
  const { office, journal } = x.nodes.get('KOR')!;
  for (let i = 0; i < 3; i++) {
    journal.write('plot', { other: i });
    office.beat();
    x.advance(2);
  }
  for (const at of ['USA', 'JPN', 'HUB'] as const)
    assert.ok(
      x.told.some((t) => t.at === at && t.of === 'KOR'),
      `${at} is told`,
    );
  const { problems } = x.report();
  for (const at of ['USA', 'JPN'] as const) {
    assert.ok(problems.some((p) => p.node === at && p.text === 'expected one history of KOR, found two'));
    assert.ok(
      problems.some((p) => p.node === 'KOR' && p.text === `${at} witnessed another history of this journal`),
    );
  }
});

test('verify: a journal rewritten after it was witnessed, or without its cosignatures, is told', () => {
  const x = circle();
  x.advance(10);
  const lie = x.report((node, text) => {
    if (node !== 'KOR') return text;
    // All is written anew from the beginning, rightly chained and signed, without one record.
    const sink = memorySink();
    const clock = new VirtualScheduler(0);
    const journal = new Journal({ clock, sink, signer: signers.get('KOR')! });
    for (const line of text.split('\n').slice(1, -2)) {
      const { kind, body, timeUs } = JSON.parse(line);
      clock.advanceTo(timeUs);
      journal.write(kind, body);
    }
    journal.close();
    return sink.text();
  });
  const texts = lie.problems.filter((p) => p.node === 'KOR').map((p) => p.text);
  assert.ok(
    texts.some((t) => /the records before it are not those that were witnessed/.test(t)),
    texts.join(),
  );
  const y = circle();
  y.network.setLink('JPN', 'HUB', false);
  y.advance(10);
  assert.ok(
    y
      .report()
      .problems.some((p) => p.node === 'KOR' && p.text.startsWith('expected a checkpoint witnessed by JPN')),
  );
});
