import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Language } from '../model/nation.ts';
import {
  type CapAlert,
  type CapInfo,
  capReference,
  capTime,
  escapeXml,
  isSimpleRing,
  writeCap,
} from './cap.ts';
import { markExercise } from './marking.ts';

const sentUs = isoToUs('2022-10-03T22:24:00.999999Z')!;
const isBad = (e: unknown) => e instanceof BeaconfireError && e.code === 'BF_WARNING';

function info(language: Language, exercise = true): CapInfo {
  const text = { en: 'Missile launched & <more>.', ko: '미사일 발사 & <추가>.', ja: 'ミサイル発射。' }[
    language
  ];
  const mark = (s: string) => (exercise ? markExercise(s, language) : s);
  return {
    language,
    category: ['Security', 'Safety'],
    event: 'missile',
    responseType: ['Shelter'],
    urgency: 'Immediate',
    severity: 'Severe',
    certainty: 'Likely',
    eventCodes: [['SAME', exercise ? 'DMO' : 'CDW']],
    effectiveUs: sentUs,
    onsetUs: sentUs + 200e6,
    expiresUs: sentUs + 1200e6,
    senderName: 'Desk',
    headline: mark(text),
    description: mark(text),
    instruction: mark(text),
    parameters: [['p', 'v']],
    areas: [
      {
        areaDesc: 'Aomori',
        polygons: [
          [
            [140, 40],
            [141, 40],
            [141, 41],
            [140, 40],
          ],
        ],
        geocodes: [['ISO 3166-2', 'JP-02']],
      },
    ],
  };
}

function alert(exercise = true): CapAlert {
  return {
    identifier: 'BF-EX-JPN-L1-1-1',
    sender: 'exercise-jpn@beaconfire.example',
    sentUs,
    status: exercise ? 'Exercise' : 'Actual',
    msgType: 'Alert',
    source: 'test',
    codes: ['c'],
    note: 'EXERCISE',
    references: [],
    incidents: ['L1'],
    infos: [info('ko', exercise), info('ja', exercise), info('en', exercise)],
    zoneMinutes: 540,
  };
}

/** Children of CAP 1.2's elements in their order (CAP-v1.2, section 3.2), `*` any number, `?` at most one. */
const ORDER: Record<string, string[]> = {
  alert: [
    'identifier',
    'sender',
    'sent',
    'status',
    'msgType',
    'source?',
    'scope',
    'restriction?',
    'addresses?',
    'code*',
    'note?',
    'references?',
    'incidents?',
    'info*',
  ],
  info: [
    'language?',
    'category*',
    'event',
    'responseType*',
    'urgency',
    'severity',
    'certainty',
    'audience?',
    'eventCode*',
    'effective?',
    'onset?',
    'expires?',
    'senderName?',
    'headline?',
    'description?',
    'instruction?',
    'web?',
    'contact?',
    'parameter*',
    'resource*',
    'area*',
  ],
  area: ['areaDesc', 'polygon*', 'circle*', 'geocode*', 'altitude?', 'ceiling?'],
  eventCode: ['valueName', 'value'],
  parameter: ['valueName', 'value'],
  geocode: ['valueName', 'value'],
};

interface Element {
  name: string;
  children: Element[];
  text: string;
}

/** A reader for these tests alone: well-formed elements and text, one attribute. */
function parse(xml: string): Element {
  const root: Element = { name: '', children: [], text: '' };
  const stack = [root];
  let at = xml.indexOf('?>') + 2;
  for (const m of xml.slice(at).matchAll(/<(\/?)([A-Za-z]+)( xmlns="[^"]*")?>|([^<]+)/g)) {
    assert.equal(m.index, at - (xml.indexOf('?>') + 2));
    at += m[0].length;
    const top = stack.at(-1)!;
    if (m[4] !== undefined) top.text += m[4];
    else if (m[1]) assert.equal(stack.pop()!.name, m[2]);
    else {
      const e: Element = { name: m[2], children: [], text: '' };
      top.children.push(e);
      stack.push(e);
    }
  }
  assert.equal(at, xml.length);
  assert.equal(stack.length, 1);
  return root.children[0];
}

function assertStructure(xml: string): Element {
  const walk = (e: Element): void => {
    const order = ORDER[e.name];
    if (!order) {
      assert.equal(e.children.length, 0, e.name);
      return;
    }
    let k = 0;
    for (const rule of order) {
      const name = rule.replace(/[*?]$/, '');
      let count = 0;
      while (e.children[k]?.name === name) {
        walk(e.children[k++]);
        count++;
      }
      if (!/[*?]$/.test(rule)) assert.equal(count, 1, `${e.name}/${name}`);
      if (rule.endsWith('?')) assert.ok(count <= 1, `${e.name}/${name}`);
    }
    assert.equal(k, e.children.length, `${e.name}: ${e.children[k]?.name} out of order`);
  };
  const root = parse(xml);
  assert.equal(root.name, 'alert');
  walk(root);
  for (const i of root.children.filter((c) => c.name === 'info')) {
    for (const p of i.children.flatMap((c) => c.children).filter((c) => c.name === 'polygon')) {
      const ring = p.text.split(' ').map((pair) => pair.split(',').map(Number) as [number, number]);
      assert.ok(isSimpleRing(ring));
    }
  }
  return root;
}

test('structure: elements in the order of CAP 1.2, three languages, closed polygons as lat,lon', () => {
  const root = assertStructure(writeCap(alert(), 'exercise'));
  const infos = root.children.filter((c) => c.name === 'info');
  assert.deepEqual(
    infos.map((i) => i.children[0].text),
    ['ko-KR', 'ja-JP', 'en-US'],
  );
  assert.match(writeCap(alert(), 'exercise'), /<polygon>40,140 40,141 41,141 40,140<\/polygon>/);
});

test('documents conform to the XML Schema of CAP 1.2', (t) => {
  const xsd = new URL('../../../shared/schemas/CAP-v1.2.xsd', import.meta.url);
  if (!existsSync(xsd)) return t.skip('NOT RUN: ../shared/schemas/CAP-v1.2.xsd is absent');
  if (spawnSync('xmllint', ['--version']).error)
    return t.skip('NOT RUN: xmllint is absent (apt package libxml2-utils)');
  const first = alert();
  const update: CapAlert = {
    ...first,
    msgType: 'Update',
    references: [capReference(first.sender, first.identifier, sentUs, 540)],
  };
  for (const document of [
    first,
    update,
    { ...update, msgType: 'Cancel' as const },
    { ...first, zoneMinutes: 0 },
  ]) {
    const run = spawnSync('xmllint', ['--noout', '--schema', fileURLToPath(xsd), '-'], {
      input: writeCap(document, 'exercise'),
    });
    assert.equal(run.status, 0, String(run.stderr));
  }
});

test('times carry their zone; UTC is -00:00; references hold the very time of the message', () => {
  assert.equal(capTime(sentUs, 540), '2022-10-04T07:24:00+09:00');
  assert.equal(capTime(sentUs, 0), '2022-10-03T22:24:00-00:00');
  assert.equal(capTime(sentUs, -600), '2022-10-03T12:24:00-10:00');
  assert.equal(capReference('s', 'i', sentUs, 540), 's,i,2022-10-04T07:24:00+09:00');
});

test('W14 status, channel, words and codes that contradict each other are refused', () => {
  const break1: Record<string, (a: CapAlert) => CapAlert> = {
    status: (a) => ({ ...a, status: a.status === 'Actual' ? 'Exercise' : 'Actual' }),
    codes: (a) => ({
      ...a,
      infos: a.infos.map((i) => ({
        ...i,
        eventCodes: [['SAME', i.eventCodes[0][1] === 'DMO' ? 'CDW' : 'DMO']],
      })),
    }),
    headline: (a) => ({
      ...a,
      infos: a.infos.map((i, k) =>
        k === 1 ? { ...i, headline: a.status === 'Actual' ? '訓練。試し。訓練。' : 'ミサイル発射。' } : i,
      ),
    }),
    end: (a) => ({
      ...a,
      infos: a.infos.map((i) => ({
        ...i,
        description: a.status === 'Actual' ? `${i.description} EXERCISE` : i.description.slice(0, -9),
      })),
    }),
    phrase: (a) => ({
      ...a,
      infos: a.infos.map((i) => ({
        ...i,
        instruction: i.instruction.replace('.', '. This is not a drill.'),
      })),
    }),
  };
  fc.assert(
    fc.property(fc.boolean(), fc.subarray(Object.keys(break1), { minLength: 1 }), (exercise, which) => {
      const channel = exercise ? 'exercise' : 'live';
      const good = alert(exercise);
      assert.ok(writeCap(good, channel));
      assert.throws(() => writeCap(good, exercise ? 'live' : 'exercise'), isBad);
      assert.throws(
        () =>
          writeCap(
            which.reduce((a, k) => break1[k](a), good),
            channel,
          ),
        isBad,
      );
    }),
  );
});

test('types and references: an alert has none, an update and a cancel name what they replace', () => {
  const ref = capReference('s', 'i', sentUs, 540);
  assert.throws(() => writeCap({ ...alert(), references: [ref] }, 'exercise'), isBad);
  assert.throws(() => writeCap({ ...alert(), msgType: 'Cancel' }, 'exercise'), isBad);
  assert.throws(() => writeCap({ ...alert(), msgType: 'Update', references: ['a,b'] }, 'exercise'), isBad);
  assert.throws(() => writeCap({ ...alert(), identifier: 'a b' }, 'exercise'), isBad);
});

test('text is escaped: it comes back from the document unchanged; what XML cannot hold is refused', () => {
  const back = (s: string) =>
    s
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&#13;/g, '\r')
      .replace(/&amp;/g, '&');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (s) => {
      let escaped: string;
      try {
        escaped = escapeXml(s);
      } catch (e) {
        assert.ok(isBad(e));
        return;
      }
      assert.ok(!/[<>]/.test(escaped));
      assert.equal(back(escaped), s);
    }),
  );
  for (const c of ['\u0000', '\u001b', '\ud800', '\uffff']) assert.throws(() => escapeXml(`a${c}b`), isBad);
});

test('simple rings: bow ties, open rings, spikes and double points are refused', () => {
  assert.ok(
    isSimpleRing([
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
    ]),
  );
  assert.ok(
    !isSimpleRing([
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 1],
      [0, 0],
    ]),
  );
  assert.ok(
    !isSimpleRing([
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ]),
  );
  assert.ok(
    !isSimpleRing([
      [0, 0],
      [2, 0],
      [1, 0],
      [1, 1],
      [0, 0],
    ]),
  );
  assert.ok(
    !isSimpleRing([
      [0, 0],
      [1, 0],
      [1, 0],
      [1, 1],
      [0, 0],
    ]),
  );
  assert.throws(
    () =>
      writeCap(
        {
          ...alert(),
          infos: [
            {
              ...info('en'),
              areas: [
                {
                  ...info('en').areas[0],
                  polygons: [
                    [
                      [0, 0],
                      [1, 1],
                      [1, 0],
                      [0, 1],
                      [0, 0],
                    ],
                  ],
                },
              ],
            },
          ],
        },
        'exercise',
      ),
    isBad,
  );
});
