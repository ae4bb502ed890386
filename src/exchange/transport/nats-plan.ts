/** Which agreements each link of the NATS network carries, and what each server, account and user is named. */
import { type Mode, NATIONS, type NodeId, nationOf } from '../../model/nation.ts';
import type { Agreement } from '../agreement.ts';
import type { StreamName } from './history.ts';
import type { NeighbourSpec } from './linked.ts';
import { subjectOf } from './nats.ts';

export const LINKS: readonly (readonly [NodeId, NodeId])[] = [
  ['USA', 'HUB'],
  ['KOR', 'HUB'],
  ['JPN', 'HUB'],
  ['KOR', 'JPN'],
];

type Terms = Pick<Agreement, 'id' | 'parties' | 'route'>;

/**
 * The agreements that a link may carry. With the hub: those that its nation, the United States, and the other
 * have in common (all of the United States' own for its own link). KOR-JPN: direct agreements alone.
 */
export function channelsOf(a: NodeId, b: NodeId, agreements: readonly Terms[]): string[] {
  const nations = [nationOf(a), nationOf(b)];
  const direct = a !== 'HUB' && b !== 'HUB';
  return agreements
    .filter((g) => nations.every((n) => g.parties.includes(n)) && (!direct || g.route === 'direct'))
    .map((g) => g.id)
    .sort();
}

/**
 * The channel of notes between each nation and the hub: always open, for what no agreement governs. No agreement can
 * have this name (agreement.ts).
 */
export const NOTES_CHANNEL = 'NOTES';

/** The neighbours of a node. A link that no agreement can use does not exist. */
export function neighboursOf(node: NodeId, agreements: readonly Terms[]): NeighbourSpec[] {
  return LINKS.filter((l) => l.includes(node)).flatMap(([a, b]) => {
    const to = a === node ? b : a;
    const channels = channelsOf(a, b, agreements);
    const notes = [a, b].includes('HUB') ? { notes: NOTES_CHANNEL } : {};
    return channels.length > 0 ? [{ to, channels, ...notes }] : [];
  });
}

/** One account of the exchange on a node's server: an agreement (or the notes) on one link, in one mode. */
export interface ExchangeAccount {
  node: NodeId;
  peer: NodeId;
  agreement: string;
  mode: Mode;
  /** What the node sends through it, and what it receives. */
  out: string;
  in: string;
  /** The node that opens the leaf connection: a nation to the hub, JPN to KOR. */
  dials: boolean;
}

export function exchangeAccounts(node: NodeId, agreements: readonly Terms[], mode: Mode): ExchangeAccount[] {
  return neighboursOf(node, agreements).flatMap(({ to: peer, channels, notes }) =>
    [...channels, ...(notes === undefined ? [] : [notes])].map((agreement) => ({
      node,
      peer,
      agreement,
      mode,
      out: subjectOf(mode, agreement, node, peer),
      in: subjectOf(mode, agreement, peer, node),
      dials: peer === 'HUB' || (node === 'JPN' && peer === 'KOR'),
    })),
  );
}

/**
 * The name of an account. At the hub one account of an agreement serves all its nations, each held to its own
 * subjects; elsewhere each link has its own, so that no loop of leaf connections lies within one account.
 */
export function accountName(a: Pick<ExchangeAccount, 'node' | 'peer' | 'agreement' | 'mode'>): string {
  return a.node === 'HUB' ? `${a.agreement}.${a.mode}` : `${a.agreement}.${a.peer}.${a.mode}`;
}

/** The streams of what a nation's node releases: for each agreement and other party. The hub releases nothing. */
export function historyStreams(node: NodeId, agreements: readonly Terms[]): StreamName[] {
  if (node === 'HUB') return [];
  const channels = new Set(neighboursOf(node, agreements).flatMap((n) => n.channels));
  return agreements
    .filter((a) => channels.has(a.id) && a.parties.includes(nationOf(node)))
    .flatMap(({ id, parties }) =>
      NATIONS.filter((n) => n !== node && parties.includes(n)).map((flow) => ({ channel: id, flow })),
    );
}
