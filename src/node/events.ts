/** A node's list of what happened, in words of three languages; bounded, newest kept. */

import type { AlarmKind } from '../channels/index.ts';
import { usToIso } from '../earth/time.ts';
import type { AgreementState } from '../exchange/index.ts';
import type { Trilingual } from '../model/nation.ts';
import type { EventView, LinkView } from './wire.ts';

const KEPT = 200;

export class EventLog {
  readonly #events: EventView[] = [];
  #sequence = 0;

  add(timeUs: number, kind: EventView['kind'], severity: EventView['severity'], text: Trilingual): void {
    this.#events.push({ sequence: ++this.#sequence, timeUs, kind, severity, text });
    if (this.#events.length > KEPT) this.#events.shift();
  }

  get latest(): readonly EventView[] {
    return this.#events;
  }
}

const STATE_TEXT: Record<AgreementState, Trilingual> = {
  notYet: { en: 'not yet in force', ko: '미발효', ja: '未発効' },
  inForce: { en: 'in force', ko: '발효 중', ja: '有効' },
  notice: { en: 'under notice to end', ko: '종료 통보됨', ja: '終了通告中' },
  noticeSuspended: {
    en: 'in force, notice suspended',
    ko: '종료 통보 효력 정지',
    ja: '終了通告の効力停止中',
  },
  suspended: { en: 'SUSPENDED', ko: '효력 정지', ja: '停止' },
  ended: { en: 'ENDED', ko: '종료', ja: '終了' },
};

const LINK_TEXT: Record<LinkView['status'], Trilingual> = {
  up: { en: 'up', ko: '정상', ja: '正常' },
  degraded: { en: 'SLOWER, handling delay', ko: '저하, 처리 지연', ja: '低下、処理の遅れ' },
  down: { en: 'DOWN, no canary comes back', ko: '끊김, 확인 항목 응답 없음', ja: '断、確認項目に応答なし' },
  noAgreement: { en: 'CLOSED, no agreement', ko: '차단, 협정 없음', ja: '閉鎖、取り決めなし' },
};

const NAMES: Record<string, Trilingual> = {
  USA: { en: 'United States', ko: '미국', ja: '米国' },
  KOR: { en: 'Republic of Korea', ko: '한국', ja: '韓国' },
  JPN: { en: 'Japan', ko: '일본', ja: '日本' },
  HUB: { en: 'US hub', ko: '미국 허브', ja: '米国ハブ' },
};

/** The name of a nation or node. */
export function nameOf(node: string): Trilingual {
  return NAMES[node] ?? { en: node, ko: node, ja: node };
}

const ALARM_TEXT: Record<AlarmKind, Trilingual> = {
  receiptLate: { en: 'NO RECEIPT of a warning', ko: '경보 수신 확인 없음', ja: '警報の受信確認なし' },
  cancelReceiptLate: { en: 'NO RECEIPT of a CANCEL', ko: '취소 수신 확인 없음', ja: '取消しの受信確認なし' },
  refused: { en: 'A receiver REFUSED a warning', ko: '수신측이 경보를 거부', ja: '受信側が警報を拒否' },
  localAcknowledgementLate: {
    en: 'The local desk has NOT ACKNOWLEDGED',
    ko: '지역 담당자 확인 없음',
    ja: '地域担当の確認なし',
  },
  approvalLate: {
    en: 'NOT APPROVED by two people in time',
    ko: '2인 승인 지연',
    ja: '2名の承認が遅延',
  },
  channelDown: { en: 'Public channel DOWN', ko: '대국민 전파 수단 불통', ja: '国民向け伝達手段が不通' },
  unknownPublicMessage: {
    en: 'UNKNOWN public message, not sent by this office',
    ko: '이 기관이 보내지 않은 대국민 메시지',
    ja: '当機関が出していない国民向けの発表',
  },
};

/** What a node tells of itself. Everything variable comes in as data, so that the three languages say the same. */
export const EVENT_TEXT = {
  firstPlot: (sensor: string): Trilingual => ({
    en: `First plot: own sensor ${sensor}`,
    ko: `최초 탐지: 자국 센서 ${sensor}`,
    ja: `初探知：自国センサー ${sensor}`,
  }),
  newTrack: (track: string, by: string): Trilingual => ({
    en: `New track ${track}, from ${nameOf(by).en}`,
    ko: `새 항적 ${track} (${nameOf(by).ko} 자료)`,
    ja: `新航跡 ${track}(${nameOf(by).ja}の情報)`,
  }),
  partnerData: (node: string, track: string, agreement: string): Trilingual => ({
    en: `${nameOf(node).en} shares on track ${track} under ${agreement}`,
    ko: `${nameOf(node).ko}, 항적 ${track} 정보 공유 (${agreement})`,
    ja: `${nameOf(node).ja}が航跡 ${track} の情報を共有(${agreement})`,
  }),
  publicationAlarm: (kind: AlarmKind, where: string): Trilingual => ({
    en: `${ALARM_TEXT[kind].en}: ${where}`,
    ko: `${ALARM_TEXT[kind].ko}: ${where}`,
    ja: `${ALARM_TEXT[kind].ja}:${where}`,
  }),
  launchDeclared: (track: string, by: string): Trilingual => ({
    en: `LAUNCH declared by ${nameOf(by).en}, track ${track}`,
    ko: `발사 판정 (${nameOf(by).ko}), 항적 ${track}`,
    ja: `発射と判定(${nameOf(by).ja})、航跡 ${track}`,
  }),
  impactEstimate: (track: string, place: string): Trilingual => ({
    en: `First impact estimate, track ${track}: ${place}`,
    ko: `최초 낙하 예측, 항적 ${track}: ${place}`,
    ja: `最初の落下予測、航跡 ${track}:${place}`,
  }),
  notBallistic: (track: string): Trilingual => ({
    en: `Track ${track} is not ballistic: no impact estimate`,
    ko: `항적 ${track} 비탄도 비행: 낙하 예측 없음`,
    ja: `航跡 ${track} は弾道飛翔ではない：落下予測なし`,
  }),
  trackEnded: (track: string, how: 'lost' | 'impact'): Trilingual =>
    how === 'lost'
      ? {
          en: `Track ${track} LOST: predictions only`,
          ko: `항적 ${track} 소실: 예측만 유효`,
          ja: `航跡 ${track} 消失：以後は予測のみ`,
        }
      : {
          en: `Track ${track}: predicted impact reached`,
          ko: `항적 ${track}: 예측 낙하 시각 도달`,
          ja: `航跡 ${track}：予測落下時刻に到達`,
        },
  reacquired: (track: string, by: string): Trilingual => ({
    en: `Track ${track} held again, from ${nameOf(by).en}`,
    ko: `항적 ${track} 재포착 (${nameOf(by).ko} 자료)`,
    ja: `航跡 ${track} を再捕捉(${nameOf(by).ja}の情報)`,
  }),
  trackMerged: (gone: string, track: string): Trilingual => ({
    en: `Track ${gone} is the same object as ${track}: shown as ${track}`,
    ko: `항적 ${gone}, ${track} 항적과 동일 물체: ${track}(으)로 통합`,
    ja: `航跡 ${gone} は ${track} と同一物体:${track} に統合`,
  }),
  pictureFull: (): Trilingual => ({
    en: 'The picture is FULL: new tracks are not shown',
    ko: '상황도 한도 초과: 새 항적이 표시되지 않음',
    ja: '状況図が上限に到達：新しい航跡は表示されない',
  }),
  divergence: (node: string, track: string): Trilingual => ({
    en: `Assessments differ on track ${track}: ${nameOf(node).en} states another impact`,
    ko: `항적 ${track} 판단 차이: ${nameOf(node).ko}의 낙하 예측이 다름`,
    ja: `航跡 ${track} の評価に相違：${nameOf(node).ja}の落下予測が異なる`,
  }),
  warning: (headline: Trilingual): Trilingual => headline,
  conflict: (area: Trilingual, danger: Trilingual, none: Trilingual): Trilingual => ({
    en: `Authorities DISAGREE about ${area.en}: ${danger.en} warns, ${none.en} does not`,
    ko: `기관 간 발표 불일치, ${area.ko}: ${danger.ko} 경보, ${none.ko} 경보 없음`,
    ja: `機関の発表が不一致、${area.ja}：${danger.ja}は警報、${none.ja}は対象外`,
  }),
  awaits: (headline: Trilingual): Trilingual => ({
    en: `WAITS for two people: ${headline.en}`,
    ko: `2인 승인 대기: ${headline.ko}`,
    ja: `2名の承認待ち：${headline.ja}`,
  }),
  awaitsChanged: (headline: Trilingual): Trilingual => ({
    en: `Waiting message written anew, sign again: ${headline.en}`,
    ko: `승인 대기 문안 변경, 다시 서명 필요: ${headline.ko}`,
    ja: `承認待ちの文案を更新、署名のやり直しが必要：${headline.ja}`,
  }),
  awaitsSigned: (person: string): Trilingual => ({
    en: `Signed by ${person}`,
    ko: `${person} 서명`,
    ja: `${person}が署名`,
  }),
  awaitsLapsed: (headline: Trilingual): Trilingual => ({
    en: `No longer needed, never sent: ${headline.en}`,
    ko: `더 이상 필요 없음, 발령하지 않음: ${headline.ko}`,
    ja: `不要となり未発表のまま終了：${headline.ja}`,
  }),
  /** What stands after an event of an agreement, whose act it was, and why. */
  agreement: (id: string, state: AgreementState, by: readonly string[], cause?: Trilingual): Trilingual => {
    const names = (language: 'en' | 'ko' | 'ja'): string =>
      by.map((n) => nameOf(n)[language]).join(language === 'en' ? ', ' : '·');
    const of = (language: 'en' | 'ko' | 'ja', colon: string): string =>
      `${by.length > 0 ? ` (${names(language)})` : ''}${cause ? `${colon}${cause[language]}` : ''}`;
    const s = STATE_TEXT[state];
    return {
      en: `Agreement ${id} ${s.en}${of('en', ': ')}`,
      ko: `협정 ${id} ${s.ko}${of('ko', ': ')}`,
      ja: `取り決め ${id} ${s.ja}${of('ja', ':')}`,
    };
  },
  withdrawn: (node: string, item: string): Trilingual => ({
    en: `${nameOf(node).en} WITHDRAWS ${item}: do not rely on it`,
    ko: `${nameOf(node).ko}, ${item} 회수: 더 이상 사용하지 말 것`,
    ja: `${nameOf(node).ja}が ${item} を撤回：以後使用しないこと`,
  }),
  recalled: (item: string, reason: string): Trilingual => ({
    en: `${item} WITHDRAWN from all who hold it: ${reason}`,
    ko: `${item} 철회, 보유국 전체에 통보: ${reason}`,
    ja: `${item} を撤回、保有国すべてに通知：${reason}`,
  }),
  recallRefused: (kind: string): Trilingual => ({
    en: `Nothing to withdraw: no ${kind} was given to a partner`,
    ko: `철회할 항목 없음: 상대국에 제공한 ${kind} 없음`,
    ja: `撤回の対象なし：相手国に提供した ${kind} はない`,
  }),
  agreementRefused: (id: string, event: string): Trilingual => ({
    en: `Agreement ${id}: ${event} contradicts what stands; nothing is changed`,
    ko: `협정 ${id}: ${event} 현 상태와 모순, 변경 없음`,
    ja: `取り決め ${id}:${event} は現状と矛盾、変更なし`,
  }),
  /** A canary showed a release rule that does not hold. */
  canaryFailed: (node: string, canary: string): Trilingual => ({
    en: `RELEASE RULE FAILED its canary, ${nameOf(node).en}: ${canary}`,
    ko: `공유 규칙 확인 실패, ${nameOf(node).ko}: ${canary}`,
    ja: `提供規則の確認に失敗、${nameOf(node).ja}:${canary}`,
  }),
  /** Witnesses of a journal were shown two that cannot both be. */
  otherHistory: (node: string): Trilingual => ({
    en: `The journal of ${nameOf(node).en} has TWO HISTORIES: do not rely on its records`,
    ko: `${nameOf(node).ko} 기록부에 서로 다른 두 이력 존재: 기록을 신뢰하지 말 것`,
    ja: `${nameOf(node).ja}の記録簿に食い違う2つの履歴：記録を信頼しないこと`,
  }),
  denied: (node: string, code: string): Trilingual => ({
    en: `Not released to ${nameOf(node).en}: ${code}`,
    ko: `${nameOf(node).ko}에 공유 불가: ${code}`,
    ja: `${nameOf(node).ja}へは提供不可：${code}`,
  }),
  /** "Missed 812 revisions, 10:02-10:05": what will not come is said, with its count and its time. */
  gap: (from: string, to: string, count: number, firstUs: number, lastUs: number): Trilingual => {
    const clock = (us: number): string => usToIso(us).slice(11, 19);
    const span = `${clock(firstUs)}-${clock(lastUs)}`;
    return {
      en: `Missed ${count} revisions, ${span} UTC, ${nameOf(from).en} to ${nameOf(to).en}`,
      ko: `${nameOf(from).ko}→${nameOf(to).ko} 구간 갱신 ${count}건 누락, ${span} UTC`,
      ja: `${nameOf(from).ja}から${nameOf(to).ja}への更新${count}件欠落、${span} UTC`,
    };
  },
  /** What was asked for after a break or a late start is here, but for what is not to be had any more. */
  caughtUp: (node: string, agreement: string, given: number, lost: number): Trilingual => {
    const of = nameOf(node);
    return {
      en: `${of.en} gave ${given} earlier items again (${agreement})${lost > 0 ? `; ${lost} NOT AVAILABLE any more` : ''}`,
      ko: `${of.ko}, 과거 자료 ${given}건 재제공 (${agreement})${lost > 0 ? `; ${lost}건은 더 이상 없음` : ''}`,
      ja: `${of.ja}が過去の情報${given}件を再提供(${agreement})${lost > 0 ? `、${lost}件は入手不能` : ''}`,
    };
  },
  linkState: (
    node: string,
    status: LinkView['status'],
    agreement: string | null,
    delayS: number,
  ): Trilingual => {
    const s = LINK_TEXT[status];
    const under =
      agreement === null || status === 'down' ? '' : ` (${agreement}${delayS > 0 ? `, ${delayS} s` : ''})`;
    return {
      en: `Link to ${nameOf(node).en}: ${s.en}${under}`,
      ko: `${nameOf(node).ko} 연결: ${s.ko}${under}`,
      ja: `${nameOf(node).ja}との回線：${s.ja}${under}`,
    };
  },
} as const;
