/**
 * The words that tell an exercise from the real thing. Exercise texts open and close with the word, live texts
 * never hold it, and no text of either kind denies being an exercise (W4: the Hawaii drill of 2018 said "this is
 * not a drill").
 */
import type { Language, Mode } from '../model/nation.ts';

export const EXERCISE_WORD: Record<Language, string> = { en: 'EXERCISE', ko: '훈련', ja: '訓練' };

/** Phrases that no text may hold, in any language whatever the text's own is. */
export const FORBIDDEN: readonly RegExp[] = [
  /\b(not|isn[’']?t|never)\s+(?:an?\s+|the\s+)?(?:drill|exercise|test|simulation)/i,
  /\bno\s+(?:drill|exercise|test)\b/i,
  /\breal[-\s]+(?:world|alert|warning|attack|missile|event)/i,
  /(?:훈련|연습|시험|테스트)\s*(?:상황|방송|문자|경보)?\s*(?:이|가|은|는)?\s*(?:아니|아닙|아님|아닌)/,
  /실제\s*(?:상황|공습|경계|경보|미사일|공격|발사)/,
  /(?:訓練|演習|試験|テスト)\s*(?:放送|配信|通報)?\s*(?:では|じゃ|で)\s*(?:は)?\s*(?:ありません|ない|なく|ございません)/,
  /(?:本番|実際の|本物の)\s*(?:です|空襲|警報|ミサイル|攻撃|発射|放送)/,
];

export function forbiddenPhrase(text: string): string | undefined {
  for (const pattern of FORBIDDEN) {
    const found = pattern.exec(text);
    if (found) return found[0];
  }
  return undefined;
}

/** Puts the exercise word before and after a text. */
export function markExercise(text: string, language: Language): string {
  const word = EXERCISE_WORD[language];
  return language === 'ja' ? `${word}。${text}${word}。` : `${word}. ${text} ${word}.`;
}

const OPENS: Record<Language, RegExp> = { en: /^\W*EXERCISE\b/, ko: /^[\s[(<]*훈련/, ja: /^[\s【（「]*訓練/ };
const CLOSES: Record<Language, RegExp> = {
  en: /\bEXERCISE\W*$/,
  ko: /훈련[\s.\])>]*$/,
  ja: /訓練[\s。】）」]*$/,
};
const ANY_WORD = /exercise|drill|훈련|訓練/i;

/**
 * Why a text's words contradict the mode, or undefined. An exercise text opens and closes with the word of its
 * language; a live text holds the word of no language.
 */
export function wordsContradict(text: string, language: Language, mode: Mode): string | undefined {
  const phrase = forbiddenPhrase(text);
  if (phrase) return `the phrase ${JSON.stringify(phrase)}`;
  if (mode === 'live') {
    const word = ANY_WORD.exec(text);
    return word ? `the word ${JSON.stringify(word[0])} in a live text` : undefined;
  }
  if (!OPENS[language].test(text))
    return `no ${EXERCISE_WORD[language]} at the start of ${JSON.stringify(text.slice(0, 40))}`;
  if (!CLOSES[language].test(text))
    return `no ${EXERCISE_WORD[language]} at the end of ${JSON.stringify(text.slice(-40))}`;
  return undefined;
}
