/** The exchange by its parts: decisions, envelopes sealed and opened, journal, witnesses, written terms. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isoToUs } from '../src/earth/time.ts';
import { BATCH_MOST } from '../src/exchange/batch.ts';
import { binaryCodec } from '../src/exchange/binary.ts';
import { openDurable } from '../src/exchange/durable.ts';
import {
  addHop,
  addHops,
  type EnvelopeCodec,
  jsonCodec,
  seal,
  sealTogether,
} from '../src/exchange/envelope.ts';
import {
  decide,
  exerciseKeys,
  Journal,
  KeyRing,
  loadAgreements,
  loadTerms,
  memorySink,
  WitnessCircle,
} from '../src/exchange/index.ts';
import { openEnvelope } from '../src/exchange/verify-envelope.ts';
import { ELEMENTS, ITEM_KINDS, type Item, LEVELS, THREATS } from '../src/model/item.ts';
import { NODE_IDS } from '../src/model/nation.ts';
import { type BenchContext, type BenchRow, calibrate } from './bench.ts';

const NOW = isoToUs('2024-06-01')!;
const folder = new URL('../agreements', import.meta.url).pathname;

export async function* bench({ nowMs, quick, progress }: BenchContext): AsyncGenerator<BenchRow> {
  yield calibrate(nowMs);
  const scale = quick ? 0.05 : 1;
  /** Runs `work` n times, after a tenth of it to warm up; how many a second. */
  const rate = (n: number, work: (i: number) => void): number => {
    const runs = Math.max(10, Math.round(n * scale));
    for (let i = 0; i < runs / 10; i++) work(i);
    const start = nowMs();
    for (let i = 0; i < runs; i++) work(i);
    return runs / ((nowMs() - start) / 1000);
  };
  const row = (
    name: string,
    value: number,
    unit: string,
    gate: number | null,
    goal: number | null,
  ): BenchRow => ({
    name: `exchange: ${name}`,
    value,
    unit,
    better: unit === 'B' ? 'lower' : 'higher',
    gate,
    goal,
  });

  const agreements = loadAgreements(folder);
  const labels = Array.from({ length: 1000 }, (_, i): Item['label'] => ({
    id: `K-${i}`,
    kind: ITEM_KINDS[i % ITEM_KINDS.length],
    mode: 'exercise',
    originators: ['KOR'],
    threat: THREATS[i % 3 === 0 ? i % THREATS.length : 0],
    level: LEVELS[i % 5 === 0 ? i % LEVELS.length : 2],
    releasableTo: ['USA', 'JPN'],
    elements: ELEMENTS.filter((_, k) => (i >> k) % 2 === 0),
    consents: [{ by: 'KOR', to: 'JPN', until: '2100-01-01' }],
  }));
  yield row(
    'decisions',
    rate(200_000, (i) => decide(labels[i % 1000], 'KOR', 'JPN', 'USA', agreements, NOW)),
    '1/s',
    50_000,
    200_000,
  );
  const terms = loadTerms(folder);
  yield row(
    'decisions with written terms',
    rate(200_000, (i) => decide(labels[i % 1000], 'KOR', 'JPN', 'USA', agreements, NOW, terms)),
    '1/s',
    20_000,
    100_000,
  );
  let n = 0;
  yield row(
    'written terms, asked anew',
    rate(1000, () =>
      terms!.ask('tisa-2014', {
        label: { ...labels[0], kind: `k${n++}` as 'track' },
        from: 'KOR',
        to: 'JPN',
        relay: 'USA',
        inForce: true,
        nowUs: NOW,
      }),
    ),
    '1/s',
    200,
    2000,
  );
  progress(0.3);

  const { signers, ring } = exerciseKeys(7, NODE_IDS);
  const item = (i: number): Item => ({
    label: {
      ...labels[0],
      id: `K-${i}`,
      kind: 'tracklet',
      threat: 'DPRK',
      level: 'secret',
      elements: ['trajectory'],
    },
    revision: 1,
    sourceType: 'radar',
    observedUs: NOW - 100_000,
    madeUs: NOW,
    expiresUs: NOW + 600e6,
    body: {
      track: 'KOR-1',
      tracklet: {
        node: 'KOR',
        track: 'KOR-1',
        sequence: i + 1,
        timeUs: NOW - 100_000,
        sinceUs: NOW - 600_000,
        vector: Array.from({ length: 6 }, (_, k) => Math.sin(i + k) * 1e6),
        matrix: Array.from({ length: 21 }, (_, k) => Math.cos(i + k) * 1e-3),
        phase: 'boost',
        plots: 3,
        pedigree: { 'KOR/*': NOW - 100_000 },
      },
    },
  });
  const dispatch = {
    to: 'JPN' as const,
    via: 'HUB' as const,
    agreement: 'mechanism-2023',
    offeredUs: NOW,
    sentUs: NOW,
  };
  const items = Array.from({ length: 200 }, (_, i) => item(i));
  const [kor, hub] = [signers.get('KOR')!, signers.get('HUB')!];
  const forms: [string, EnvelopeCodec][] = [
    ['JSON', jsonCodec],
    ['compact', binaryCodec],
  ];
  for (const [name, codec] of forms) {
    yield row(
      `envelopes sealed, ${name}`,
      rate(4000, (i) => codec.encode(seal(items[i % 200], dispatch, kor))),
      '1/s',
      1000,
      10_000,
    );
    const wire = items.map((x) => codec.encode(addHop(seal(x, dispatch, kor), 'mechanism-2023', NOW, hub)));
    const receiver = { node: 'JPN' as const, mode: 'exercise' as const, ring, codec };
    const opened = rate(4000, (i) => {
      if (!openEnvelope(wire[i % 200], receiver, NOW).ok)
        throw new Error('an envelope that should open did not');
    });
    yield row(`relayed envelopes opened and verified, ${name}`, opened, '1/s', 500, 4000);
    yield row(
      `relayed envelope of a tracklet, ${name}`,
      wire.reduce((s, b) => s + b.length, 0) / wire.length,
      'B',
      null,
      null,
    );
    const many = Array.from({ length: BATCH_MOST }, (_, i) => ({ item: items[i], dispatch }));
    const sealed = rate(100, () => {
      for (const e of sealTogether(many, kor)) codec.encode(e);
    });
    yield row(
      `envelopes sealed, signed as one by ${BATCH_MOST}, ${name}`,
      sealed * BATCH_MOST,
      '1/s',
      1000,
      15_000,
    );
    const relayed = addHops(
      sealTogether(many, kor).map((envelope) => ({ envelope, agreement: 'mechanism-2023' })),
      NOW,
      hub,
    ).map((e) => codec.encode(e));
    const openedTogether = rate(100, () => {
      // Keys that have seen none of it yet: each batch's two signatures are verified once, for its first envelope.
      const fresh = { ...receiver, ring: new KeyRing(ring.records) };
      for (const bytes of relayed)
        if (!openEnvelope(bytes, fresh, NOW).ok) throw new Error('an envelope that should open did not');
    });
    yield row(
      `relayed envelopes opened and verified, signed as one by ${BATCH_MOST}, ${name}`,
      openedTogether * BATCH_MOST,
      '1/s',
      500,
      8000,
    );
    yield row(
      `relayed envelope of a tracklet, signed as one by ${BATCH_MOST}, ${name}`,
      relayed.reduce((s, b) => s + b.length, 0) / relayed.length,
      'B',
      null,
      null,
    );
  }
  progress(0.6);

  const clock = { nowUs: () => NOW };
  const body = {
    item: 'KOR-1:tracklet',
    revision: 7,
    to: 'JPN',
    decision: 'reduce',
    agreement: 'mechanism-2023',
    reductions: ['sensorIdentity'],
    delayS: 0,
    reasons: ['mechanism-2023:released'],
  };
  const journal = new Journal({ clock, sink: memorySink(), signer: kor });
  yield row(
    'journal appends (hash chain and Merkle tree)',
    rate(30_000, () => journal.write('decision', body)),
    '1/s',
    5000,
    50_000,
  );
  const dir = mkdtempSync(join(tmpdir(), 'bench-journal-'));
  try {
    const { sink } = openDurable(join(dir, 'one.ndjson'));
    const durable = new Journal({ clock, sink, signer: kor });
    const syncs = rate(300, () => {
      for (let i = 0; i < 100; i++) durable.write('decision', body);
      sink.sync();
    });
    yield row('journal appends on the disk, synced by hundreds', syncs * 100, '1/s', 1000, 20_000);
    durable.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
  const journals = new Map(
    NODE_IDS.map((node) => [node, new Journal({ clock, sink: memorySink(), signer: signers.get(node)! })]),
  );
  const circle = new WitnessCircle({ clock, ring, journals, signers });
  yield row(
    'beats of four journals, each with two witnesses',
    rate(300, () => circle.beat()),
    '1/s',
    20,
    500,
  );
  progress(1);
}
