import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { check, parseJson, parseYaml, show } from './schema.ts';
import { SensorFile } from './sensor.ts';

const Schema = Type.Object(
  {
    name: Type.String(),
    kind: Type.Union([Type.Literal('radar'), Type.Literal('infrared')]),
    list: Type.Array(
      Type.Object({ rangeKm: Type.Number({ exclusiveMinimum: 0 }) }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);

const cases: [string, string, RegExp][] = [
  [
    'a wrong type',
    'name: 3\nkind: radar\nlist: []',
    /^f\.yaml:1: name: expected string, found 3 \[BF_FIELD\]$/,
  ],
  [
    'a value out of range',
    'name: a\nkind: radar\nlist:\n  - rangeKm: 5\n  - rangeKm: -1',
    /^f\.yaml:5: list\[1\]\.rangeKm: expected > 0, found -1/,
  ],
  [
    'an unknown field',
    'name: a\nkind: radar\nlist: []\nsize: 1',
    /^f\.yaml:4: size: expected no such field, found 1/,
  ],
  ['a missing field', 'name: a\nlist: []', /^f\.yaml:1: kind: expected a value, found nothing/],
  [
    'an unknown word',
    'name: a\nkind: sonar\nlist: []',
    /^f\.yaml:2: kind: expected one of "radar", "infrared", found "sonar"/,
  ],
  [
    'an alias',
    'name: &a x\nkind: *a\nlist: []',
    /^f\.yaml: expected YAML without aliases, found one \[BF_SYNTAX\]$/,
  ],
  [
    'broken YAML',
    'name: [a\nkind: radar',
    /^f\.yaml:\d: expected well-formed YAML, found: .+ \[BF_SYNTAX\]$/,
  ],
  ['a key twice', 'name: a\nname: b\nkind: radar\nlist: []', /^f\.yaml:2: expected well-formed YAML/],
  [
    'not a number',
    'name: a\nkind: radar\nlist: [{rangeKm: .nan}]',
    /^f\.yaml:3: list\[0\]\.rangeKm: expected .*, found NaN/,
  ],
];

for (const [what, text, message] of cases) {
  test(`${what} is told in one line with file, line and field`, () => {
    assert.throws(() => parseYaml(Schema, text, 'f.yaml'), { message, name: 'BeaconfireError' });
  });
}

test('a truncated JSON line names the line', () => {
  assert.throws(() => parseJson(Schema, '{"name": "a", "ki', { file: 'p.ndjson', line: 7 }), {
    message: /^p\.ndjson:7: expected JSON, found: .+ \[BF_SYNTAX\]$/,
  });
});

test('an alternative that fits best is the one whose fault is told', () => {
  const radar = {
    id: 'R1',
    kind: 'radar',
    latitudeDeg: 35,
    longitudeDeg: 0,
    heightM: 0,
    sigma: { rangeM: -3, azimuthDeg: 0.1, elevationDeg: 0.1 },
  };
  assert.throws(() => check(SensorFile, [radar], { file: 's.json' }), {
    message: /^s\.json: \[0\]\.sigma\.rangeM: expected > 0, found -3/,
  });
});

test('what a terminal would obey or hide is shown by its number', () => {
  assert.equal(show('a\u202eb\u200bc\u009bd\u2028e'), '"a\\u{202e}b\\u{200b}c\\u{9b}d\\u{2028}e"');
  assert.equal(show('北 é 한'), '"北 é 한"');
});
