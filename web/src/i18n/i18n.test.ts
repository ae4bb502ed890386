import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Catalogue } from './en.ts';
import { en } from './en.ts';
import { clockTime, duration, isoDate, number, roughly, zonedTime, zoneOf } from './format.ts';
import { ja } from './ja.ts';
import { ko } from './ko.ts';

/** All texts of a catalogue by their path; functions are called with their own argument names. */
function flatten(value: unknown, path = '', out = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'string') out.set(path, value);
  else if (typeof value === 'function') {
    const args = Array.from({ length: value.length }, (_, i) => `ARG${i}`);
    const text = String((value as (...a: string[]) => string)(...args));
    out.set(path, text);
    for (const arg of args) assert.ok(text.includes(arg), `${path} does not say its argument ${arg}`);
  } else
    for (const [key, v] of Object.entries(value as object)) flatten(v, path ? `${path}.${key}` : key, out);
  return out;
}

describe('catalogue', () => {
  const all: [string, Catalogue][] = [
    ['en', en],
    ['ko', ko],
    ['ja', ja],
  ];

  it('has the same keys in each language, none empty, and every argument is said', () => {
    const keys = [...flatten(en).keys()].sort();
    for (const [name, catalogue] of all) {
      const flat = flatten(catalogue);
      assert.deepEqual([...flat.keys()].sort(), keys, name);
      for (const [key, text] of flat) assert.notEqual(text.trim(), '', `${name} ${key}`);
    }
  });

  it('says in Korean and Japanese what is not a name or a unit', () => {
    const same = new Set(['productName', 'unit', 'languageShort', 'languageName']);
    const english = flatten(en);
    for (const [name, catalogue] of all.slice(1)) {
      for (const [key, text] of flatten(catalogue)) {
        if (same.has(key.split('.')[0])) continue;
        assert.notEqual(text, english.get(key), `${name} ${key} is still English`);
      }
    }
  });

  it('calls the sea between Korea and Japan by each language’s own name', () => {
    assert.match(en.place.sea.eastSea, /East Sea \/ Sea of Japan/);
    assert.equal(ko.place.sea.eastSea, '동해');
    assert.equal(ja.place.sea.eastSea, '日本海');
  });

  it('says exercise in the banner of each language', () => {
    assert.match(en.bannerExercise, /EXERCISE - SIMULATION \/ UNCLASSIFIED/);
    assert.match(ko.bannerExercise, /훈련/);
    assert.match(ja.bannerExercise, /訓練/);
  });
});

describe('formats', () => {
  const at = Date.UTC(2022, 9, 3, 22, 22, 5) * 1000;
  it('tells the time in the zone asked for', () => {
    assert.equal(clockTime(at, 'UTC'), '22:22:05');
    assert.equal(zonedTime(at, 'JST'), '07:22 JST');
    assert.equal(isoDate(at, 'UTC'), '2022-10-03');
    assert.equal(isoDate(at, 'KST'), '2022-10-04');
    assert.deepEqual([zoneOf('KOR'), zoneOf('JPN'), zoneOf('USA')], ['KST', 'JST', 'UTC']);
  });
  it('tells durations and numbers', () => {
    assert.equal(duration(62.9e6), '1:02');
    assert.equal(duration(-3.2e6), '0:03');
    assert.equal(duration(3723e6), '1:02:03');
    assert.equal(number(1234.5, 'en'), '1,235');
    assert.equal(number(-0.01, 'ja'), '0');
    assert.equal(roughly(3187, 'ko'), '3,200');
    assert.equal(roughly(7.4, 'en'), '7');
  });
});
