/**
 * The words of public warnings in Korean, Japanese and English, worded after real ones. Japanese: J-Alert texts of
 * the Cabinet Secretariat (kokuminhogo.go.jp/mobile/jalert02.html; town.ashiya.lg.jp/site/bousai/3191.html) and the
 * correction of 2023-04-13 (sputniknews.jp/20230413/j-15653117.html). Korean: civil-defence texts of 2022-11-02 and
 * 2023-05-31 (ir.newspim.com/news/view/20221102000223; m.ajunews.com/view/20230531064647939). English: ours.
 * Placeholders: {place} of launch, {launched} when, {areas}, {time} of impact or passage, {lost} when the track was lost,
 * {alerted} when the alert went out.
 */

import type { Trilingual } from '../model/nation.ts';
import type { CancelReason, WarningStage } from '../model/warning.ts';

export interface StageWording {
  /** The headline's first words. */
  title: Trilingual;
  what: Trilingual;
  where: Trilingual;
  when: Trilingual;
  whatToDo: Trilingual;
  /** The short form for cell broadcast, without areas' names beyond what fits. */
  short: Trilingual;
}

const AREAS: Trilingual = { en: 'Areas: {areas}.', ja: '対象地域：{areas}。', ko: '대상 지역: {areas}.' };
const SHELTER: Trilingual = {
  en: 'Take shelter inside a building or underground. If there is none near, lie down and protect your head. Let children and the elderly shelter first.',
  ja: '建物の中、又は地下に避難して下さい。近くに建物がない場合は、物陰に身を隠すか、地面に伏せて頭部を守って下さい。',
  ko: '건물 안 또는 지하로 대피해 주십시오. 가까운 건물이 없으면 몸을 숨기거나 엎드려 머리를 보호해 주십시오. 어린이와 노약자가 우선 대피할 수 있도록 해 주시기 바랍니다.',
};
const SUSPICIOUS: Trilingual = {
  en: 'If you find a suspicious object do not go near it, and contact the police or the fire service at once.',
  ja: '不審な物を発見した場合には、決して近寄らず、直ちに警察や消防などに連絡して下さい。',
  ko: '수상한 물체를 발견하면 절대 접근하지 말고 즉시 경찰이나 소방에 연락해 주십시오.',
};
const NORMAL: Trilingual = {
  en: 'You may leave the shelter and return to normal life. If you find a suspicious object do not go near it.',
  ja: '避難を終えて差し支えありません。不審な物を発見した場合には、決して近寄らないで下さい。',
  ko: '대피를 마치고 일상으로 복귀하시기 바랍니다. 수상한 물체를 발견하면 접근하지 마십시오.',
};

/** What each stage of an alert or update says. `ended` and `cancelled` are told by {@link CANCEL_WORDING}. */
export const STAGE_WORDING: Record<Exclude<WarningStage, 'ended' | 'cancelled'>, StageWording> = {
  launch: {
    title: { en: 'Missile launched', ja: 'ミサイル発射', ko: '미사일 발사' },
    what: {
      en: 'Missile launched. Missile launched. A missile appears to have been launched from {place}.',
      ja: 'ミサイル発射。ミサイル発射。{place}からミサイルが発射されたものとみられます。',
      ko: '미사일 발사. 미사일 발사. {place}에서 미사일이 발사된 것으로 보입니다.',
    },
    where: AREAS,
    when: {
      en: '{launched}It may reach the areas within minutes.',
      ja: '{launched}数分のうちに対象地域に到達する可能性があります。',
      ko: '{launched}수 분 안에 대상 지역에 도달할 가능성이 있습니다.',
    },
    whatToDo: SHELTER,
    short: {
      en: 'Missile launched from {place}. {areas}: it may arrive within minutes. Take shelter now, inside or underground.',
      ja: 'ミサイル発射。{place}から発射。{areas}：数分のうちに到達の可能性。直ちに建物の中、又は地下に避難。',
      ko: '{place} 미사일 발사. {areas} 수 분 내 도달 가능. 건물 안·지하로 대피',
    },
  },
  impactExpected: {
    title: { en: 'Take shelter immediately', ja: '直ちに避難', ko: '즉시 대피' },
    what: {
      en: 'Take shelter immediately. Take shelter immediately. A missile launched from {place} is expected to land.',
      ja: '直ちに避難。直ちに避難。{place}から発射されたミサイルが落下するものとみられます。',
      ko: '즉시 대피. 즉시 대피. {place}에서 발사된 미사일이 낙하할 것으로 보입니다.',
    },
    where: { en: 'In and around: {areas}.', ja: '対象地域：{areas}の周辺。', ko: '대상 지역: {areas} 주변.' },
    when: {
      en: 'It is expected to land at about {time}.',
      ja: '{time}、落下するものとみられます。',
      ko: '{time} 낙하할 것으로 보입니다.',
    },
    whatToDo: {
      en: `Immediately: ${SHELTER.en}`,
      ja: `直ちに${SHELTER.ja}`,
      ko: `즉시 ${SHELTER.ko}`,
    },
    short: {
      en: 'Missile from {place} expected to land about {time}: {areas}. Take shelter immediately, inside or underground.',
      ja: '直ちに避難。{time}、{areas}周辺にミサイル落下の見込み。直ちに建物の中、又は地下に避難。',
      ko: '{areas} {time} 미사일 낙하 예상. 즉시 건물 안·지하로 대피',
    },
  },
  passing: {
    title: { en: 'Missile expected to pass over', ja: 'ミサイル通過予測', ko: '미사일 통과 예상' },
    what: {
      en: 'Missile warning. A missile launched from {place} is expected to pass over.',
      ja: 'ミサイル発射。ミサイル発射。{place}から発射されたミサイルが、上空を通過するものとみられます。',
      ko: '미사일 경보. {place}에서 발사된 미사일이 상공을 통과할 것으로 보입니다.',
    },
    where: AREAS,
    when: {
      en: 'It is expected to pass from about {time}.',
      ja: '{time}、通過するものとみられます。',
      ko: '{time} 통과할 것으로 보입니다.',
    },
    whatToDo: SHELTER,
    short: {
      en: 'Missile from {place} expected to pass over about {time}: {areas}. Take shelter now, inside or underground.',
      ja: 'ミサイル発射。{time}、{areas}上空を通過の見込み。建物の中、又は地下に避難。',
      ko: '{place} 미사일 발사. {areas} {time} 상공 통과 예상. 건물 안·지하로 대피',
    },
  },
  passed: {
    title: { en: 'Missile passed', ja: 'ミサイル通過', ko: '미사일 통과' },
    what: {
      en: 'Missile passed. Missile passed. The missile of the earlier warning has passed over.',
      ja: 'ミサイル通過。ミサイル通過。先程のミサイルは、上空を通過したものとみられます。',
      ko: '미사일 통과. 미사일 통과. 앞서 발사된 미사일은 상공을 통과한 것으로 보입니다.',
    },
    where: AREAS,
    when: { en: 'It passed at about {time}.', ja: '通過は{time}です。', ko: '통과 시각은 {time}입니다.' },
    whatToDo: SUSPICIOUS,
    short: {
      en: 'The missile passed over at about {time}: {areas}. Keep away from suspicious objects and report them.',
      ja: 'ミサイル通過。{time}、{areas}上空を通過。不審な物には近寄らず通報。',
      ko: '미사일 {time} {areas} 상공 통과. 수상한 물체 접근 금지, 신고',
    },
  },
  impacted: {
    title: { en: 'Missile landed', ja: 'ミサイル落下', ko: '미사일 낙하' },
    what: {
      en: 'Missile landed. Missile landed. A missile appears to have landed.',
      ja: 'ミサイル落下。ミサイル落下。ミサイルが落下したものとみられます。',
      ko: '미사일 낙하. 미사일 낙하. 미사일이 낙하한 것으로 보입니다.',
    },
    where: { en: 'In and around: {areas}.', ja: '対象地域：{areas}の周辺。', ko: '대상 지역: {areas} 주변.' },
    when: { en: 'It landed at about {time}.', ja: '落下は{time}です。', ko: '낙하 시각은 {time}입니다.' },
    whatToDo: {
      en: `Stay indoors. Further information will follow. ${SUSPICIOUS.en}`,
      ja: `続報を伝達しますので、引き続き屋内に避難して下さい。${SUSPICIOUS.ja}`,
      ko: `추가 정보를 전달하겠으니 계속 실내에 대피해 주십시오. ${SUSPICIOUS.ko}`,
    },
    short: {
      en: 'A missile landed at about {time}: {areas}. Stay indoors. More will follow.',
      ja: 'ミサイル落下。{time}、{areas}周辺に落下。引き続き屋内に避難。',
      ko: '{areas} 주변 {time} 미사일 낙하. 계속 실내 대피',
    },
  },
  fallUnknown: {
    title: {
      en: 'Missile path cannot be predicted',
      ja: 'ミサイル落下予測不能',
      ko: '미사일 낙하 예측 불가',
    },
    what: {
      en: 'The missile launched from {place} has left its predicted path. Where and when it will come down cannot be told.',
      ja: '{place}から発射されたミサイルは、変則的な軌道で飛翔しています。落下する場所と時刻は予測できません。',
      ko: '{place}에서 발사된 미사일이 변칙 궤도로 비행하고 있습니다. 낙하 지점과 시각은 예측할 수 없습니다.',
    },
    where: {
      en: 'The warning stays in force. Areas: {areas}.',
      ja: '警報は継続しています。対象地域：{areas}。',
      ko: '경보는 계속 유지됩니다. 대상 지역: {areas}.',
    },
    when: {
      en: 'The time told before no longer holds.',
      ja: '先に発表した時刻は当てはまりません。',
      ko: '앞서 안내한 시각은 더 이상 맞지 않습니다.',
    },
    whatToDo: {
      en: `Stay sheltered until the next message. ${SHELTER.en}`,
      ja: `次の発表まで避難を続けて下さい。${SHELTER.ja}`,
      ko: `다음 안내가 있을 때까지 계속 대피해 주십시오. ${SHELTER.ko}`,
    },
    short: {
      en: 'Missile from {place} has left its predicted path; where and when it will come down cannot be told: {areas}. Stay sheltered.',
      ja: 'ミサイル落下予測不能。変則軌道で飛翔中、落下の場所と時刻は不明。{areas}：避難を続けて下さい。',
      ko: '미사일 변칙 비행, 낙하 지점·시각 예측 불가. {areas} 계속 대피',
    },
  },
  trackLost: {
    title: { en: 'Missile no longer tracked', ja: 'ミサイル追尾中断', ko: '미사일 추적 중단' },
    what: {
      en: 'The missile launched from {place} has not been tracked since {lost}. Neither passage nor impact has been confirmed.',
      ja: '{place}から発射されたミサイルは、{lost}に追尾が途絶えました。通過も落下も確認されていません。',
      ko: '{place}에서 발사된 미사일은 {lost} 추적이 끊겼습니다. 통과도 낙하도 확인되지 않았습니다.',
    },
    where: AREAS,
    when: {
      en: 'The last prediction was about {time}; it may be wrong.',
      ja: '最後の予測は{time}ですが、変わる可能性があります。',
      ko: '마지막 예측은 {time}이며, 달라질 수 있습니다.',
    },
    whatToDo: {
      en: `Stay sheltered until the next message. ${SHELTER.en}`,
      ja: `次の発表まで避難を続けて下さい。${SHELTER.ja}`,
      ko: `다음 안내가 있을 때까지 계속 대피해 주십시오. ${SHELTER.ko}`,
    },
    short: {
      en: 'Missile from {place} not tracked since {lost}. Last prediction about {time}: {areas}. Stay sheltered.',
      ja: 'ミサイル追尾中断（{lost}）。最後の予測{time}、{areas}。避難を続けて下さい。',
      ko: '미사일 추적 중단({lost}). {areas} 마지막 예측 {time}. 계속 대피',
    },
  },
};

/** Each reason of a cancel has one fixed text (W9: was it an error or not?). */
export const CANCEL_WORDING: Record<CancelReason, StageWording> = {
  false: {
    title: { en: 'False alarm', ja: '誤報', ko: '오경보' },
    what: {
      en: 'False alarm. The warning of {alerted} was issued in error and is withdrawn. There is no missile threat.',
      ja: '誤報。{alerted}に発表した警報は誤りでしたので、取り消します。ミサイルの危険はありません。',
      ko: '오경보. {alerted} 발령한 경보는 오발령이므로 취소합니다. 미사일 위험은 없습니다.',
    },
    where: AREAS,
    when: { en: 'Effective immediately.', ja: 'ただ今から適用されます。', ko: '지금부터 적용됩니다.' },
    whatToDo: {
      en: 'No protective action is needed. You may return to normal life.',
      ja: '避難の必要はありません。避難を終えて差し支えありません。',
      ko: '대피할 필요가 없습니다. 일상으로 복귀하시기 바랍니다.',
    },
    short: {
      en: 'FALSE ALARM. The warning of {alerted} was an error. No missile threat: {areas}.',
      ja: '誤報。{alerted}の警報は誤りでした。ミサイルの危険はありません。{areas}',
      ko: '오경보. {alerted} 경보는 오발령. 미사일 위험 없음. {areas}',
    },
  },
  superseded: {
    title: { en: 'Warning replaced', ja: '警報の差し替え', ko: '경보 대체' },
    what: {
      en: 'The warning of {alerted} has ended and is replaced by this message. Neither passage nor impact has been confirmed.',
      ja: '{alerted}に発表した警報は終了し、この発表に差し替えます。通過も落下も確認されていません。',
      ko: '{alerted} 발령한 경보는 종료되고 이 안내로 대체됩니다. 통과도 낙하도 확인되지 않았습니다.',
    },
    where: AREAS,
    when: {
      en: 'The last predicted time, {time}, is over.',
      ja: '最後に予測された時刻（{time}）は過ぎました。',
      ko: '마지막으로 예측된 시각({time})은 지났습니다.',
    },
    whatToDo: NORMAL,
    short: {
      en: 'The warning of {alerted} has ended: {areas}. Nothing was confirmed. Keep away from suspicious objects.',
      ja: '{alerted}の警報は終了。通過も落下も確認されていません。{areas}',
      ko: '{alerted} 경보 종료. 통과·낙하 미확인. {areas}',
    },
  },
  passed: {
    title: { en: 'Danger over', ja: '警報解除', ko: '경보 해제' },
    what: {
      en: 'The danger from the missile is over. The warning of {alerted} is lifted.',
      ja: 'ミサイルの危険はなくなりました。{alerted}に発表した警報を解除します。',
      ko: '미사일의 위험이 지나갔습니다. {alerted} 발령한 경보를 해제합니다.',
    },
    where: AREAS,
    when: { en: 'Effective immediately.', ja: 'ただ今から適用されます。', ko: '지금부터 적용됩니다.' },
    whatToDo: NORMAL,
    short: {
      en: 'Danger over. The warning of {alerted} is lifted: {areas}.',
      ja: '警報解除。{alerted}の警報を解除します。{areas}',
      ko: '경보 해제. {alerted} 경보를 해제합니다. {areas}',
    },
  },
  narrowed: {
    title: { en: 'Warning withdrawn for these areas', ja: '警報の訂正', ko: '경보 정정' },
    what: {
      en: 'It has been confirmed that the missile is no longer expected in these areas. The warning of {alerted} is withdrawn; areas still in danger get a new warning.',
      ja: '当該ミサイルについて、到達の可能性がなくなった地域があることが確認されましたので、{alerted}に発表した警報を取り消します。引き続き危険のある地域には、改めて警報を発表します。',
      ko: '해당 미사일이 더 이상 도달하지 않을 것으로 확인된 지역이 있어 {alerted} 발령한 경보를 취소합니다. 위험이 계속되는 지역에는 새로 경보를 발령합니다.',
    },
    where: AREAS,
    when: { en: 'Effective immediately.', ja: 'ただ今から適用されます。', ko: '지금부터 적용됩니다.' },
    whatToDo: {
      en: 'Unless you get a new warning you may return to normal life.',
      ja: '新しい警報を受け取らない限り、避難を終えて差し支えありません。',
      ko: '새 경보를 받지 않으면 일상으로 복귀하시기 바랍니다.',
    },
    short: {
      en: 'The warning of {alerted} is withdrawn: {areas}. Areas still in danger get a new warning.',
      ja: '{alerted}の警報を取り消します。{areas}。危険のある地域には改めて警報を発表します。',
      ko: '{alerted} 경보 취소. {areas}. 위험 지역은 새 경보 발령',
    },
  },
};

/** What replaces the words about the last prediction where it had become void before: the target was not ballistic. */
export const UNFORETOLD: Record<'trackLost' | 'superseded', Pick<StageWording, 'when' | 'short'>> = {
  trackLost: {
    when: STAGE_WORDING.fallUnknown.when,
    short: {
      en: 'Missile from {place} not tracked since {lost}; where it will come down cannot be told: {areas}. Stay sheltered.',
      ja: 'ミサイル追尾中断（{lost}）。落下の場所と時刻は不明。{areas}：避難を続けて下さい。',
      ko: '미사일 추적 중단({lost}). 낙하 지점·시각 미상. {areas} 계속 대피',
    },
  },
  superseded: {
    when: {
      en: 'Where and when it came down is not known.',
      ja: '落下した場所と時刻は分かっていません。',
      ko: '낙하한 지점과 시각은 확인되지 않았습니다.',
    },
    short: CANCEL_WORDING.superseded.short,
  },
};

/** Stands before the time of danger while that cannot be foretold, if the time of the launch is known. */
export const LAUNCHED: Trilingual = {
  en: 'It was launched at about {launchTime}. ',
  ja: '発射は{launchTime}です。',
  ko: '발사 시각은 {launchTime}입니다. ',
};
export const WHO: Trilingual = { en: 'Issued by {who}.', ja: '発表：{who}。', ko: '발령: {who}.' };
export const NEXT_UPDATE: Trilingual = {
  en: 'The next message follows by {next}.',
  ja: '次の発表は{next}までに行います。',
  ko: '{next}까지 다시 안내하겠습니다.',
};
export const LAST_MESSAGE: Trilingual = {
  en: 'This is the last message on this event.',
  ja: 'この件に関する発表は以上です。',
  ko: '이번 사안에 관한 안내는 이것으로 마칩니다.',
};

/** Notional authorities: no real office speaks in an exercise. */
export const EXERCISE_AUTHORITY: Record<'KOR' | 'JPN' | 'USA', Trilingual> = {
  JPN: {
    en: 'Civil Protection Desk of Japan (notional)',
    ja: '日本国民保護室（架空）',
    ko: '일본 국민보호실(가상)',
  },
  KOR: {
    en: 'Civil Defence Desk of the Republic of Korea (notional)',
    ja: '韓国民防衛室（架空）',
    ko: '대한민국 민방위실(가상)',
  },
  USA: {
    en: 'Warning Desk of the United States (notional)',
    ja: '米国警報室（架空）',
    ko: '미국 경보실(가상)',
  },
};
