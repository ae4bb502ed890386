/** Why and why not: the latest release decision of a node by kind of item and recipient. */
import { explain, type Reason, type Release } from '../exchange/index.ts';
import type { ReleaseView } from './wire.ts';

export class ReleaseLog {
  /** Bounded by itself: kinds of items times nations. */
  readonly #latest = new Map<string, ReleaseView>();

  add({ item, revision, kind, to, via, decision }: Release, timeUs: number): void {
    const key = `${to} ${kind}`;
    const before = this.#latest.get(key);
    const same = before?.decision === decision.decision && before.agreement === decision.agreement;
    this.#latest.set(key, {
      kind,
      to,
      item,
      revision,
      timeUs,
      sinceUs: before && same ? before.sinceUs : timeUs,
      decision: decision.decision,
      agreement: decision.agreement,
      via,
      removed: [...decision.reductions],
      ...(decision.positionFloorM === undefined ? {} : { positionFloorM: decision.positionFloorM }),
      delayS: decision.delayS,
      reasons: decision.reasons.map(reasonView),
    });
  }

  views(): ReleaseView[] {
    return [...this.#latest.values()];
  }
}

/** The code with what varies in its text; the words of the catalogue are the reader's, in the reader's language. */
function reasonView({ code, text, agreement }: Reason): ReleaseView['reasons'][number] {
  const words = agreement === undefined ? text : text.slice(agreement.length + 2);
  const detail = words.slice(explain(code).length - 1).replace(/^: |\.$/g, '');
  return { code, ...(agreement === undefined ? {} : { agreement }), ...(detail === '' ? {} : { detail }) };
}
