import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoToUs } from '../earth/time.ts';
import { EXERCISE_WORD, forbiddenPhrase, wordsContradict } from '../formats/marking.ts';
import { BeaconfireError } from '../model/errors.ts';
import { LANGUAGES, type Mode, type Trilingual } from '../model/nation.ts';
import { type CancelReason, WARNING_STAGES } from '../model/warning.ts';
import { launchPlaceName } from './places.ts';
import { REGIONS, regionsOf } from './regions.ts';
import {
  lintTexts,
  localTime,
  makeTexts,
  SHORT_LIMIT,
  TEXT_PARTS,
  type TextInput,
  type WarningTexts,
} from './texts.ts';
import { CANCEL_WORDING, EXERCISE_AUTHORITY, STAGE_WORDING, UNFORETOLD } from './wording.ts';

const REASONS: CancelReason[] = ['false', 'superseded', 'passed', 'narrowed'];
const atUs = isoToUs('2022-10-03T22:28:30Z')!;
const isBad = (e: unknown) => e instanceof BeaconfireError && e.code === 'BF_WARNING';

function inputs(mode: Mode): TextInput[] {
  const out: TextInput[] = [];
  for (const nation of ['JPN', 'KOR'] as const) {
    for (const count of [1, 2, 9, regionsOf(nation).length]) {
      for (const stage of WARNING_STAGES) {
        const cancel = stage === 'ended' || stage === 'cancelled';
        const plain = (cancel ? REASONS : [undefined]).map((r) => [r, false] as const);
        const voided = stage === 'trackLost' ? [undefined] : cancel ? ['superseded' as const] : [];
        for (const [cancelReason, unforetold] of [...plain, ...voided.map((r) => [r, true] as const)]) {
          out.push({
            nation,
            mode,
            stage,
            ...(cancelReason ? { cancelReason } : {}),
            ...(unforetold ? { unforetold } : {}),
            launchPlace: { en: 'North Korea', ja: '北朝鮮', ko: '북한' },
            areas: regionsOf(nation)
              .slice(0, count)
              .map((r) => r.name),
            atUs,
            alertedUs: atUs - 60e6,
            lostUs: atUs - 30e6,
            ...(cancel ? {} : { nextUpdateUs: atUs + 60e6 }),
            authority:
              mode === 'live' ? { en: 'Authority', ja: '官庁', ko: '관청' } : EXERCISE_AUTHORITY[nation],
          });
        }
      }
    }
  }
  return out;
}

test('W4 every exercise text opens and closes with the word EXERCISE of its language', () => {
  for (const input of inputs('exercise')) {
    const texts = makeTexts(input);
    for (const field of ['headline', 'description', 'instruction', 'short'] as const) {
      for (const l of LANGUAGES) {
        const text = texts[field][l].replace(/[[\]【】.。: ]/g, '');
        assert.ok(text.startsWith(EXERCISE_WORD[l]) && text.endsWith(EXERCISE_WORD[l]), text);
      }
    }
  }
});

test('W4 "not a drill" is refused in every language and many forms', () => {
  for (const phrase of [
    'THIS IS NOT A DRILL',
    'this is not an exercise',
    "This isn't a test",
    'This is no drill',
    'a real-world attack',
    '이것은 훈련이 아닙니다',
    '훈련 상황이 아님',
    '실제 상황입니다',
    '실제 공습경보를 발령합니다',
    '훈련아님',
    'これは訓練ではありません',
    '訓練ではない',
    '訓練放送ではありません',
    '実際の空襲警報',
    '本番です',
  ]) {
    assert.ok(forbiddenPhrase(phrase), phrase);
    for (const l of LANGUAGES) {
      const word = EXERCISE_WORD[l];
      assert.ok(wordsContradict(`${word}. ${phrase}. ${word}.`, l, 'exercise'));
      assert.ok(wordsContradict(phrase, l, 'live'));
    }
  }
});

test('W4 no wording of the catalogue holds a forbidden phrase', () => {
  for (const w of [
    ...Object.values(STAGE_WORDING),
    ...Object.values(CANCEL_WORDING),
    ...Object.values(UNFORETOLD),
  ]) {
    for (const text of Object.values(w).flatMap((t: Trilingual) => Object.values(t)))
      assert.equal(forbiddenPhrase(text), undefined, text);
  }
});

test('W12 every text is complete in three languages and its short form fits the channel', () => {
  for (const mode of ['exercise', 'live'] as const) {
    for (const input of inputs(mode)) {
      const texts = makeTexts(input);
      for (const l of LANGUAGES) {
        assert.ok(texts.short[l].length <= SHORT_LIMIT[l]);
        assert.ok(texts.short[l].includes(input.areas[0][l]), texts.short[l]);
        assert.ok(texts.description[l].includes(input.authority[l]));
        for (const area of input.areas) assert.ok(texts.description[l].includes(area[l]));
      }
      assert.match(texts.parts.next.ko, input.nextUpdateUs === undefined ? /마칩니다/ : /7시 29분까지/);
    }
  }
});

test('W12 a text that lacks a part, in any language, is refused', () => {
  const all = inputs('exercise').map((i) => makeTexts(i));
  fc.assert(
    fc.property(
      fc.constantFrom(...all),
      fc.constantFrom(...TEXT_PARTS),
      fc.constantFrom(...LANGUAGES),
      fc.boolean(),
      (texts, part, l, blank) => {
        lintTexts(texts, 'exercise');
        const broken = structuredClone(texts) as WarningTexts;
        if (blank) broken.parts[part][l] = ' ';
        else {
          const home = part === 'whatToDo' ? broken.instruction : broken.description;
          home[l] = home[l].replace(broken.parts[part][l], '');
        }
        assert.throws(() => lintTexts(broken, 'exercise'), isBad);
      },
    ),
  );
});

test('W14 words of the other mode are refused', () => {
  for (const input of inputs('exercise')) assert.throws(() => lintTexts(makeTexts(input), 'live'), isBad);
  for (const input of inputs('live')) assert.throws(() => lintTexts(makeTexts(input), 'exercise'), isBad);
});

test('a text with an unfilled placeholder is refused', () => {
  const { lostUs: _, ...input } = inputs('exercise').find((i) => i.stage === 'trackLost')!;
  assert.throws(() => makeTexts(input), isBad);
});

test('local times: JST and KST', () => {
  assert.equal(localTime(atUs, 'en', 'JPN'), '07:28 JST');
  assert.equal(localTime(atUs, 'en', 'KOR'), '07:28 KST');
  assert.equal(localTime(atUs, 'ja', 'JPN'), '7時28分頃');
  assert.equal(localTime(atUs, 'ko', 'KOR', false), '7시 28분');
});

test('launch places: North Korea, a region, unknown when the estimate is poor', () => {
  const at = (latitudeDeg: number, longitudeDeg: number, semiMajorM = 5000) =>
    launchPlaceName({
      kind: 'launch',
      timeUs: 0,
      atUs: 0,
      atSigmaS: 1,
      latitudeDeg,
      longitudeDeg,
      ellipse95: { semiMajorM, semiMinorM: 1000, azimuthDeg: 0 },
    });
  for (const [lat, lon] of [
    [40.61, 126.43],
    [39.02, 125.75],
    [39.66, 124.71],
    [40.85, 129.67],
    [39.4, 127.5],
  ])
    assert.equal(at(lat, lon).ko, '북한');
  assert.equal(at(40.61, 126.43, 300_000).en, 'an unknown place');
  assert.equal(at(43.9, 125.3).en, 'an unknown place');
  assert.equal(at(37.5665, 126.978).ja, 'ソウル特別市');
  assert.ok(REGIONS.length > 0);
});

test('the Japanese wording keeps the sentences of the real one', (t) => {
  const file = new URL('../../../shared/data/alert_texts.json', import.meta.url);
  if (!existsSync(file)) return t.skip('NOT RUN: ../shared/data/alert_texts.json is absent');
  const { japan } = JSON.parse(readFileSync(file, 'utf8')) as { japan: { id: string; ja: string }[] };
  const real = new Map(japan.map((e) => [e.id, e.ja]));
  const sentences: [string, string, string][] = [
    ['JA-LAUNCH', 'ミサイル発射。ミサイル発射。', STAGE_WORDING.launch.what.ja],
    ['JA-LAUNCH', '建物の中、又は地下に避難して下さい。', STAGE_WORDING.launch.whatToDo.ja],
    ['JA-IMPACT-EXPECTED', '直ちに避難。直ちに避難。', STAGE_WORDING.impactExpected.what.ja],
    ['JA-IMPACTED', 'ミサイル落下。ミサイル落下。', STAGE_WORDING.impacted.what.ja],
    [
      'JA-IMPACTED',
      '続報を伝達しますので、引き続き屋内に避難して下さい。',
      STAGE_WORDING.impacted.whatToDo.ja,
    ],
    ['JA-PASSED', 'ミサイル通過。ミサイル通過。', STAGE_WORDING.passed.what.ja],
    [
      'JA-PASSED',
      '不審な物を発見した場合には、決して近寄らず、直ちに警察や消防などに連絡して下さい。',
      STAGE_WORDING.passed.whatToDo.ja,
    ],
  ];
  for (const [id, sentence, ours] of sentences) {
    assert.ok(real.get(id)!.includes(sentence), `${id} ${sentence}`);
    assert.ok(ours.includes(sentence), `${id} ${sentence}`);
  }
});
