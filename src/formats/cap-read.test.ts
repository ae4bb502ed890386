import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BeaconfireError } from '../model/errors.ts';
import { type CapAlert, writeCap } from './cap.ts';
import { readCap } from './cap-read.ts';
import { CAP_LIMITS } from './cap-schema.ts';
import { markExercise } from './marking.ts';
import { XML_LIMITS } from './xml.ts';

const alert: CapAlert = {
  identifier: 'A-1',
  sender: 'a@b.example',
  sentUs: 1_664_835_720_000_000,
  status: 'Exercise',
  msgType: 'Alert',
  source: 'source & son',
  codes: ['beaconfire:exercise'],
  note: 'EXERCISE',
  references: [],
  incidents: ['i-1'],
  zoneMinutes: 540,
  infos: (['en', 'ko', 'ja'] as const).map((language) => ({
    language,
    category: ['Safety'],
    event: 'Missile',
    responseType: ['Shelter'],
    urgency: 'Immediate',
    severity: 'Extreme',
    certainty: 'Likely',
    eventCodes: [['SAME', 'DMO']],
    effectiveUs: 1_664_835_720_000_000,
    expiresUs: 1_664_836_920_000_000,
    senderName: 'Desk',
    headline: markExercise('a & c.', language),
    description: markExercise('It said "go", 2 < 3.', language),
    instruction: markExercise('Shelter.', language),
    parameters: [['p', 'v']],
    areas: [
      {
        areaDesc: 'Place',
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
  })),
};
const good = writeCap(alert, 'exercise');

function why(text: string): string {
  try {
    readCap(text, 'alert.xml');
  } catch (error) {
    assert.ok(error instanceof BeaconfireError && error.code === 'BF_ALERT', String(error));
    assert.ok(!error.message.includes('\n') && error.message.length < 500, error.message);
    return error.message;
  }
  return 'read';
}
/** The document with a change that must have happened. */
function changed(from: string | RegExp, to: string): string {
  const text = good.replace(from, to);
  assert.notEqual(text, good);
  return text;
}

test('what the writer writes the reader reads', () => {
  const read = readCap(good);
  assert.equal(read.identifier, 'A-1');
  assert.equal(read.sentUs, alert.sentUs);
  assert.equal(read.source, 'source & son');
  assert.equal(read.infos[0].headline, alert.infos[0].headline);
  assert.deepEqual(read.infos[2].areas[0].polygons, alert.infos[2].areas[0].polygons);
  assert.deepEqual(read.infos[1].eventCodes, [['SAME', 'DMO']]);
  assert.equal(read.infos[0].expiresUs, alert.infos[0].expiresUs);
  // Other people's way of writing the same: a prefix, comments, CDATA, no indents, a byte order mark.
  const prefixed = good
    .replaceAll(/<(\/?)([a-z])/gi, '<$1c:$2')
    .replace('xmlns=', 'xmlns:c=')
    .replace('<c:scope>', '<!-- a comment --><c:scope>');
  assert.equal(readCap(`\ufeff${prefixed}`).identifier, 'A-1');
  assert.equal(
    readCap(changed('<source>source &amp; son<', '<source><![CDATA[source & son]]><')).source,
    'source & son',
  );
});

test('hostile documents are refused with the reason, and quickly', () => {
  const dtd = '<!DOCTYPE alert [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>';
  const started = process.hrtime.bigint();
  assert.match(why(changed('<alert ', `${dtd}<alert `)), /no document type/);
  assert.match(
    why(changed('<alert ', '<!DOCTYPE alert SYSTEM "file:///etc/passwd"><alert ')),
    /no document type/,
  );
  assert.match(why(changed('<alert ', '<?xml-stylesheet href="x"?><alert ')), /no processing instructions/);
  assert.match(why(changed('>Desk<', '>&b;<')), /one of XML's own entities, found "&b;"/);
  assert.match(why(changed('>Desk<', '>a & b<')), /entities/);
  assert.match(why(changed('>Desk<', '>&#0;<')), /U\+0000/);
  assert.match(why(changed('>Desk<', '>&#x1F4A9999;<')), /entities/);
  const point = '40,140 41,140 41,141 40.5,140.5 ';
  assert.match(
    why(changed(/<polygon>[^<]*/, `<polygon>${point.repeat(200_000)}`)),
    new RegExp(`at most ${XML_LIMITS.bytes} bytes`),
  );
  assert.match(
    why(changed(/<polygon>[^<]*/, `<polygon>${point.repeat(5_000)}`)),
    new RegExp(`at most ${CAP_LIMITS.pointsPerRing} points`),
  );
  assert.match(why('<a>'.repeat(100_000)), /at most 16 levels/);
  assert.match(why(`<a>${'<b/>'.repeat(60_000)}</a>`), /at most 50000 elements/);
  assert.match(why(`<a>${'x'.repeat(300_000)}</a>`), /at most 200000 characters/);
  assert.ok(Number(process.hrtime.bigint() - started) / 1e9 < 2);
});

test('markup and deceit in names are refused', () => {
  for (const bad of [
    '&lt;script&gt;x&lt;/script&gt;',
    '&lt;b',
    'a&gt;b',
    '<![CDATA[<img src=x>]]>',
    'a\u202eb',
    'a\u200bb',
    'x'.repeat(500),
  ]) {
    for (const field of ['areaDesc', 'senderName', 'event', 'headline', 'valueName', 'source'])
      assert.notEqual(
        why(changed(new RegExp(`<${field}>[^<]*`), `<${field}>${bad}`)),
        'read',
        `${field} ${bad}`,
      );
  }
  assert.match(
    why(changed(/<description>[^<]*/, '<description>EXERCISE. &lt;a href="x"&gt;here EXERCISE.')),
    /markup/,
  );
  assert.match(
    why(changed('<senderName>Desk', '<senderName><b>Desk</b>')),
    /expected a text, found elements/,
  );
});

test('W14 a reader refuses what contradicts itself: status, words, codes, type, times, areas', () => {
  const cases: [string, RegExp][] = [
    [changed('>Exercise<', '>Actual<'), /code of a message of status Actual/],
    [
      changed('>Exercise<', '>Actual<').replace('<code>beaconfire:exercise</code>', ''),
      /words of a message of status Actual/,
    ],
    [changed('<value>DMO', '<value>CDW'), /SAME code of a message of status Exercise, found CDW/],
    [changed('It said', 'This is not a drill. It said'), /no such phrase/],
    [changed(/<headline>EXERCISE\. /, '<headline>'), /words of an exercise/],
    [changed('>Alert<', '>Update<'), /earlier messages in one of type Update/],
    [
      changed('<incidents>', '<references>a,b,2022-10-04T07:00:00+09:00</references><incidents>'),
      /none in a message of type Alert/,
    ],
    [changed('>Shelter<', '>AllClear<'), /AllClear/],
    [changed(/<expires>[^<]*/, '<expires>2022-10-04T07:00:00+09:00'), /time after sent/],
    [changed('<value>JP-02', '<value>JP-01'), /same areas in each language/],
    [changed(/<polygon>[^<]*/, '<polygon>40,140 41,141 41,140 40,141 40,140'), /closed simple polygon/],
  ];
  for (const [text, reason] of cases) assert.match(why(text), reason);
  // As at NWS in 2018: TEST in the header, codes that are read as real.
  const real = writeCap(
    {
      ...alert,
      status: 'Actual',
      codes: [],
      note: '',
      infos: alert.infos.map((i) => ({
        ...i,
        eventCodes: [['SAME', 'TOW'] as const],
        headline: 'Wave.',
        description: 'Waves.',
        instruction: 'Go up.',
      })),
    },
    'live',
  );
  assert.equal(readCap(real).status, 'Actual');
  for (const [from, to] of [
    ['<headline>Wave', '<headline>TEST Wave'],
    ['<note>', '<note>TEST'],
    ['<value>TOW', '<value>RMT'],
    ['<event>Missile', '<event>訓練 Missile'],
  ])
    assert.match(why(real.replace(from, to)), /Actual/);
});

test('W14 whatever of status, codes and words is made to contradict the rest, in any language and together, is refused', () => {
  const edits: ((text: string, nth: number) => string)[] = [
    (t) => t.replace('>Exercise<', '>Actual<'),
    (t) => t.replace('>Exercise<', '>Test<'),
    (t, n) => nthReplace(t, /<value>DMO/g, n, '<value>CDW'),
    (t, n) => nthReplace(t, /<headline>(?:EXERCISE|訓練|훈련)/g, n, '<headline>'),
    (t, n) => nthReplace(t, /<description>(?:EXERCISE|訓練|훈련)/g, n, '<description>'),
    (t, n) =>
      nthReplace(t, /<instruction>(?:EXERCISE|訓練|훈련)/g, n, '<instruction>This is not a drill. EXERCISE'),
    (t) => t.replace('beaconfire:exercise', 'beaconfire:live'),
  ];
  assert.equal(why(good), 'read');
  fc.assert(
    fc.property(fc.subarray(edits, { minLength: 1 }), fc.nat(5), (chosen, nth) => {
      const text = chosen.reduce((t, edit) => edit(t, nth), good);
      assert.notEqual(text, good);
      assert.notEqual(why(text), 'read');
    }),
    { numRuns: 200 },
  );
});

function nthReplace(text: string, pattern: RegExp, nth: number, by: string): string {
  const hits = [...text.matchAll(pattern)];
  const hit = hits[nth % hits.length];
  return text.slice(0, hit.index) + by + text.slice(hit.index + hit[0].length);
}

test('what the schema forbids is refused: order, number, values, unknown elements, cut documents', () => {
  const cases: [string, RegExp][] = [
    [changed('<scope>Public</scope>\n', ''), /scope: expected this element/],
    [changed('<scope>', '<scope>Public</scope><scope>'), /expected once/],
    [changed('<sender>', '<status>Test</status><sender>'), /expected before/],
    [changed('<urgency>Immediate', '<urgency>Soon'), /one of Immediate/],
    [changed('<sent>2022-10-04T07:22:00+09:00', '<sent>2022-10-04T07:22:00Z'), /expected a time/],
    [changed('<sent>2022-10-04T07:22:00+09:00', '<sent>2022-13-04T07:22:00+09:00'), /expected a time/],
    [changed('<identifier>A-1', '<identifier>A 1'), /no spaces/],
    [changed('<note>', '<nota>x</nota><note>'), /no such element/],
    [changed('cap:1.2', 'cap:1.1'), /CAP 1\.2/],
    [changed('<alert ', '<alert onload="x" '), /no attribute/],
    [changed('40,140', '95,140'), /latitude,longitude/],
    ['', /XML document/],
    ['{"alert":1}', /XML document/],
    [`${good}${good}`, /processing instructions|end of the document/],
  ];
  for (const [text, reason] of cases) assert.match(why(text), reason);
  fc.assert(
    fc.property(fc.nat(good.length - 3), (n) => {
      assert.notEqual(why(good.slice(0, n)), 'read');
    }),
  );
  // Whatever bytes are changed, it is read or refused in one line; nothing else is ever thrown.
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })), {
        minLength: 1,
        maxLength: 6,
      }),
      (edits) => {
        const chars = [...good];
        for (const [at, c] of edits) chars[at % chars.length] = c;
        why(chars.join(''));
      },
    ),
  );
});
