/**
 * The release decision: may this item go from one nation to another, by this route, now, and under which
 * agreement. Pure and total: whatever comes in, a decision with reasons comes out, and the default is deny.
 */

import { isoToUs } from '../earth/time.ts';
import { type Element, type ItemLabel, LEVELS } from '../model/item.ts';
import { NATIONS, type Nation } from '../model/nation.ts';
import { show } from '../model/schema.ts';
import { type Agreement, releases as maySpeak } from './agreement.ts';
import { COARSENED_KINDS } from './coarsen.ts';
import { agreementState, inForce } from './history.ts';
import { labelFaults } from './label.ts';
import { type Reason, reason } from './reasons.ts';
import type { Terms } from './terms.ts';

export interface Decision {
  decision: 'allow' | 'reduce' | 'deny';
  /** The agreement that governs; null when denied. */
  agreement: string | null;
  /** Why; and of the agreements that do not govern, why not. */
  reasons: Reason[];
  /** Elements that must be taken out before the item goes. */
  reductions: Element[];
  /** Places must be coarsened to this floor, m, before the item goes. Absent: as they are. */
  positionFloorM?: number;
  /** Handling under the agreement, from when the item could be released to when it may go. */
  delayS: number;
}

/** A request whose label and nations are sound. */
interface Request {
  label: ItemLabel;
  from: Nation;
  to: Nation;
  /** The nation that really relays; undefined where `via` is one of the two ends. */
  relay: Nation | undefined;
  nowUs: number;
}

interface Release {
  agreement: Agreement;
  reductions: Element[];
  /** Coarser than the item is, m; 0: as it is. */
  floorM: number;
}

const isNation = (v: unknown): v is Nation =>
  typeof v === 'string' && (NATIONS as readonly string[]).includes(v);

/**
 * Decides on the release of `item` (a label, not yet checked) by nation `from` to nation `to`, through nation
 * `via` or directly, at `nowUs`. The item's own marking and the absolutes come first; then each agreement
 * speaks for itself. Of those that release, the fastest governs, then the one that releases most, then the
 * first by id: so one more agreement never takes away a release. With `terms`, what an agreement's data release its
 * written terms must permit too.
 */
export function decide(
  item: unknown,
  from: unknown,
  to: unknown,
  via: unknown,
  agreements: readonly Agreement[],
  nowUs: number,
  terms?: Terms,
): Decision {
  try {
    const faults = requestFaults(item, from, to, via, agreements, nowUs);
    if (faults.length > 0) return deny(faults);
    const request: Request = {
      label: item as ItemLabel,
      from: from as Nation,
      to: to as Nation,
      relay: isNation(via) && via !== from && via !== to ? via : undefined,
      nowUs,
    };
    const releases: Release[] = [];
    const refusals: Reason[] = [];
    for (const agreement of agreements) {
      if (!maySpeak(agreement)) {
        // It protects what was given; those whom it binds are told that it is no ground for giving.
        if (agreement.parties.includes(request.from) && agreement.parties.includes(request.to))
          refusals.push(reason('protectionOnly', '', agreement.id));
        continue;
      }
      const answer = answerOf(agreement, request, terms);
      if ('code' in answer) refusals.push(answer);
      else releases.push(answer);
    }
    return releases.length === 0 ? deny(refusals) : govern(releases, refusals, request);
  } catch (cause) {
    return deny([reason('decisionFailed', cause instanceof Error ? cause.message : show(cause))]);
  }
}

function deny(reasons: Reason[]): Decision {
  return { decision: 'deny', agreement: null, reasons, reductions: [], delayS: 0 };
}

/** What forbids the release whatever the agreements say. */
function requestFaults(
  item: unknown,
  from: unknown,
  to: unknown,
  via: unknown,
  agreements: readonly Agreement[],
  nowUs: number,
): Reason[] {
  const faults = labelFaults(item);
  if (!isNation(from)) faults.push(reason('nationUnknown', `from: ${show(from)}`));
  if (!isNation(to)) faults.push(reason('nationUnknown', `to: ${show(to)}`));
  if (via !== null && via !== undefined && !isNation(via))
    faults.push(reason('nationUnknown', `via: ${show(via)}`));
  if (!Number.isFinite(nowUs)) faults.push(reason('timeUnknown'));
  if (faults.length > 0) return faults;
  const label = item as ItemLabel;
  if (from === to) faults.push(reason('sameNation', String(to)));
  if (!label.releasableTo.includes(to as Nation)) faults.push(reason('notReleasableTo', String(to)));
  if (label.threat === 'unknown') faults.push(reason('threatUnknown'));
  if (label.level === 'topSecret') faults.push(reason('levelNeverReleased', label.level));
  if (!agreements.some(maySpeak)) faults.push(reason('noAgreements'));
  return faults;
}

/** What one agreement says. One that fails refuses for itself alone: it takes nothing from what others release. */
function answerOf(agreement: Agreement, request: Request, terms: Terms | undefined): Release | Reason {
  try {
    return secondGate(consult(agreement, request), request, terms);
  } catch (cause) {
    return reason('decisionFailed', cause instanceof Error ? cause.message : show(cause), agreement.id);
  }
}

/** A release that the written terms do not permit, as the item would go, is none. */
function secondGate(answer: Release | Reason, q: Request, terms: Terms | undefined): Release | Reason {
  if (!terms || 'code' in answer) return answer;
  const { agreement, reductions } = answer;
  const elements = q.label.elements.filter((e) => !reductions.includes(e));
  const { from, to, relay, nowUs } = q;
  const said = terms.ask(agreement.id, {
    label: { ...q.label, elements },
    from,
    to,
    relay,
    nowUs,
    inForce: true,
  });
  if (!said || (said.permitted && said.errors.length === 0)) return answer;
  const code = said.errors.length > 0 ? 'termsFailed' : 'termsRefuse';
  return reason(code, (said.errors.length > 0 ? said.errors : said.policies).join(', '), agreement.id);
}

/** What one agreement says: what it would release, or why it does not. */
function consult(a: Agreement, q: Request): Release | Reason {
  const no = (code: Parameters<typeof reason>[0], detail = ''): Reason => reason(code, detail, a.id);
  const state = agreementState(a, q.nowUs);
  if (!inForce(state))
    return no(state === 'notYet' ? 'notYetInForce' : state === 'suspended' ? 'suspended' : 'ended');
  if (!a.parties.includes(q.from)) return no('notParty', q.from);
  if (!a.parties.includes(q.to)) return no('notParty', q.to);
  const route = routeFault(a, q);
  if (route) return route;
  const stranger = q.label.originators.find((n) => !a.parties.includes(n));
  if (stranger) return no('originatorNotParty', stranger);
  if (a.threats !== 'any' && !a.threats.includes(q.label.threat))
    return no('threatOutOfScope', q.label.threat);
  if (a.kinds !== 'any' && !a.kinds.includes(q.label.kind)) return no('kindNotCovered', q.label.kind);
  if (LEVELS.indexOf(q.label.level) > LEVELS.indexOf(a.level.ceiling)) {
    return no('levelAboveCeiling', `${q.label.level} above ${a.level.ceiling}`);
  }
  const consent = consentFault(a, q);
  if (consent) return consent;
  const floor = a.reduce?.positionFloorM ?? 0;
  if (floor > 0 && !COARSENED_KINDS.includes(q.label.kind))
    return no('kindNotCoarsened', `${q.label.kind}, and places no finer than ${floor} m`);
  const floorM = floor > (q.label.positionFloorM ?? 0) ? floor : 0;
  if (a.elements === 'any') return { agreement: a, reductions: [], floorM };
  const allowed = a.elements;
  if (q.label.elements.length === 0) return no('elementsNotNamed');
  const reductions = q.label.elements.filter((e) => !allowed.includes(e));
  if (reductions.length === q.label.elements.length) return no('noElementReleased', reductions.join(', '));
  return { agreement: a, reductions, floorM };
}

function routeFault(a: Agreement, q: Request): Reason | undefined {
  if (a.route === 'direct')
    return q.relay === undefined ? undefined : reason('routeNotDirect', `via ${q.relay}`, a.id);
  // To and from the hub nation there is nothing to relay; between the others only the hub may.
  const wanted = q.from === a.hub || q.to === a.hub ? undefined : a.hub;
  return q.relay === wanted
    ? undefined
    : reason('routeNotViaHub', q.relay === undefined ? 'no relay' : `via ${q.relay}`, a.id);
}

/**
 * What the sender itself originated, it decides on by its marking; what the recipient originated is known to
 * it. Any other originator must have consented: in advance, where the hub passes on under a standing release,
 * or by a consent to this recipient that is still valid.
 */
function consentFault(a: Agreement, q: Request): Reason | undefined {
  const byHub =
    a.onwardRelease === 'standingViaHub' && a.hub !== undefined && (q.from === a.hub || q.relay === a.hub);
  for (const originator of q.label.originators) {
    if (originator === q.from || originator === q.to || byHub) continue;
    const given = q.label.consents.filter((c) => c.by === originator && c.to === q.to);
    if (given.length === 0) return reason('consentMissing', `${originator} to ${q.to}`, a.id);
    if (!given.some((c) => (isoToUs(c.until) ?? Number.NEGATIVE_INFINITY) > q.nowUs)) {
      return reason('consentExpired', `${originator} to ${q.to}`, a.id);
    }
  }
  return undefined;
}

function govern(releases: Release[], refusals: Reason[], q: Request): Decision {
  const order = [...releases].sort(
    (x, y) =>
      x.agreement.handlingDelayS - y.agreement.handlingDelayS ||
      x.reductions.length - y.reductions.length ||
      x.floorM - y.floorM ||
      (x.agreement.id < y.agreement.id ? -1 : 1),
  );
  const { agreement, reductions, floorM } = order[0];
  const reasons = [reason('released', `${q.from} to ${q.to}`, agreement.id)];
  if (reductions.length > 0) reasons.push(reason('elementsRemoved', reductions.join(', '), agreement.id));
  if (floorM > 0) reasons.push(reason('positionCoarsened', `${floorM} m`, agreement.id));
  for (const other of order.slice(1)) {
    const code =
      other.agreement.handlingDelayS > agreement.handlingDelayS
        ? 'slower'
        : other.reductions.length > reductions.length || other.floorM > floorM
          ? 'releasesLess'
          : 'laterInOrder';
    reasons.push(
      reason(code, code === 'slower' ? `after ${other.agreement.handlingDelayS} s` : '', other.agreement.id),
    );
  }
  return {
    decision: reductions.length > 0 || floorM > 0 ? 'reduce' : 'allow',
    agreement: agreement.id,
    reasons: [...reasons, ...refusals],
    reductions,
    ...(floorM > 0 ? { positionFloorM: floorM } : {}),
    delayS: agreement.handlingDelayS,
  };
}
