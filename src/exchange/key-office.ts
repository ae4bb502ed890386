/**
 * A node's keys while everything runs: which it signs with, and how a new one, or the end of one, reaches every other node.
 * Events of keys are signed and go over the same links as items, before everything else; the hub passes them on and answers
 * only when all its neighbours have them. So a new key is used when every node knows it, and an old one is revoked when
 * nothing that it signed is on the way any more: nothing is lost by a rotation. A key that is revoked outright refuses what
 * it signed from the moment that the event arrives, whatever the clocks say.
 */
import type { Clock } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { type Mode, type NodeId, nationOf } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import type { Journal } from './journal.ts';
import { KeyEvent, type KeyRing, revokeKey, type Signer } from './keys.ts';
import type { Hold, Transport } from './transport/transport.ts';

export interface KeyOfficeOptions {
  mode: Mode;
  clock: Clock;
  signer: Signer;
  ring: KeyRing;
  transport: Transport;
  journal: Journal;
}

/** A key of the node: how much of what it signed is not settled yet. */
interface Used {
  onTheWay: number;
  /** Another one is used now: it is revoked when nothing of it is on the way. */
  retired: boolean;
}

/** An event that came: who waits for it to be everywhere. Undefined: it is. */
type Passing = (() => void)[] | undefined;

const EVENTS_KNOWN = 10_000;

/** BF_KEY_MODE unless the key is of the node and the mode. */
export function requireKey(signer: Signer, node: NodeId, mode: Mode): void {
  if (signer.node === node && signer.mode === mode) return;
  throw new BeaconfireError('BF_KEY_MODE', `expected a key of ${node}, mode ${mode}, found ${signer.keyId}`);
}

export class KeyOffice {
  readonly #o: KeyOfficeOptions;
  readonly #node: NodeId;
  #signer: Signer;
  readonly #used = new Map<string, Used>();
  readonly #known = new Map<string, Passing>();
  /** The events that it knows, in order: of each key the first that adds it and the first that ends it, whatever comes. */
  readonly #events = new Map<string, KeyEvent>();

  constructor(options: KeyOfficeOptions) {
    this.#o = options;
    this.#node = options.signer.node;
    this.#signer = options.signer;
  }

  /** The key to sign with now. */
  get signer(): Signer {
    return this.#signer;
  }

  /** Something signed with a key of this node goes out; call what is returned, once, when it is settled. */
  signed(keyId = this.#signer.keyId): () => void {
    const used = this.#use(keyId);
    used.onTheWay++;
    return () => {
      used.onTheWay--;
      this.#revokeRetired(keyId);
    };
  }

  /**
   * A new key for this node, `vouched` for by its root key, which need not be here (`addKey`). It is used once every node
   * that can be reached knows it; then the old one is revoked. BF_KEY_MODE.
   */
  rotate(next: Signer, vouched: KeyEvent): void {
    requireKey(next, this.#node, this.#o.mode);
    if (vouched.event !== 'added' || vouched.key.id !== next.keyId)
      throw new BeaconfireError('BF_KEY_MODE', `expected an event that adds ${next.keyId}, found another`);
    this.#decree(vouched, () => this.#turnTo(next));
  }

  /**
   * Ends a key of this node at once, as when it was stolen: what it signed and is on the way is refused. The key in use
   * cannot be ended before another is used. BF_KEY_MODE.
   */
  revoke(keyId: string): void {
    if (keyId === this.signer.keyId)
      throw new BeaconfireError('BF_KEY_MODE', 'expected a key that is not in use, found the one in use');
    this.#decree(revokeKey(keyId, this.signer, this.#o.clock.nowUs()), () => {});
  }

  /**
   * After a restart, when what was on the way goes again: the events that the journal has, which the ring knows already. This
   * node's own are told again to all; its other keys end when nothing of them is on the way.
   */
  resume(events: readonly KeyEvent[]): void {
    const { ring, mode, clock } = this.#o;
    for (const event of events) this.#keep(event);
    this.tellAgain();
    for (const { id } of ring.of(this.#node, mode)) {
      if (id === this.#signer.keyId || ring.isRevoked(id, clock.nowUs())) continue;
      // One that was added and not turned to before the restart stays as it is, for whoever rotates next.
      if (!ring.isNewer(this.#signer.keyId, id)) continue;
      this.#use(id).retired = true;
      this.#revokeRetired(id);
    }
  }

  /** Tells this node's own events to all once more: one that came late may not know its keys. */
  tellAgain(): void {
    for (const event of this.#events.values())
      if (this.#o.ring.find(subjectOf(event))?.node === this.#node) this.#announce(event, () => {});
  }

  /**
   * Tells one neighbour all events, of whatever node. It is the hub's to do: what another nation tells again ends at the
   * hub, which knows it and does not pass it on.
   */
  tellAllTo(neighbour: NodeId): void {
    for (const event of this.#events.values())
      this.#announce(
        event,
        () => {},
        (to) => to === neighbour,
      );
  }

  /**
   * Takes what arrived if it is an event of a key; false if it is something else. What is not rightly signed changes
   * nothing and is journalled.
   */
  take(link: NodeId, bytes: Uint8Array, hold: Hold): boolean {
    const event = readKeyEvent(bytes);
    if (!event) return false;
    const { ring, journal, clock } = this.#o;
    const hash = sha256(bytes);
    if (this.#known.has(hash)) {
      // Over another channel, or again: whoever sent it waits until it is everywhere.
      this.#known.get(hash)?.push(hold());
      return true;
    }
    try {
      ring.apply(event, clock.nowUs());
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      journal.write('refused', { link, why, envelope: null, bytes: hash });
      return true;
    }
    journal.write('key', { event, link });
    this.#keep(event);
    this.#remember(hash, undefined);
    if (this.#node !== 'HUB') return true;
    const waiting = [hold()];
    this.#remember(hash, waiting);
    this.#announce(
      event,
      () => {
        this.#remember(hash, undefined);
        for (const done of waiting) done();
      },
      (to) => to !== link,
    );
    return true;
  }

  #decree(event: KeyEvent, everywhere: () => void): void {
    const { ring, journal, clock } = this.#o;
    ring.apply(event, clock.nowUs());
    journal.write('key', { event, link: this.#node });
    this.#keep(event);
    this.#announce(event, everywhere);
  }

  #keep(event: KeyEvent): void {
    const name = `${event.event} ${subjectOf(event)}`;
    if (!this.#events.has(name)) this.#events.set(name, event);
  }

  #turnTo(next: Signer): void {
    const { ring, mode, clock, journal } = this.#o;
    this.#signer = next;
    journal.use(next);
    for (const { id } of ring.of(this.#node, mode)) {
      if (!ring.isNewer(next.keyId, id) || ring.isRevoked(id, clock.nowUs())) continue;
      this.#use(id).retired = true;
      this.#revokeRetired(id);
    }
  }

  #use(keyId: string): Used {
    let used = this.#used.get(keyId);
    if (!used) {
      used = { onTheWay: 0, retired: false };
      this.#used.set(keyId, used);
    }
    return used;
  }

  #revokeRetired(keyId: string): void {
    const used = this.#used.get(keyId);
    if (!used?.retired || used.onTheWay > 0 || this.#o.journal.closed) return;
    this.#used.delete(keyId);
    this.revoke(keyId);
  }

  /** To neighbours, on every channel, for one may be closed; `everywhere` is called when each has it by some. */
  #announce(event: KeyEvent, everywhere: () => void, goesTo: (to: NodeId) => boolean = () => true): void {
    const { transport } = this.#o;
    const bytes = Buffer.from(canonicalJson(event), 'utf8');
    const id = sha256(bytes);
    const missing = new Set<NodeId>();
    const settled = (to: NodeId): void => {
      if (missing.delete(to) && missing.size === 0) everywhere();
    };
    const links = transport.links().filter((l) => goesTo(l.to) && l.state !== 'notPermitted');
    for (const { to } of links) missing.add(to);
    for (const { to, channels } of links) {
      let accepted = false;
      for (const channel of channels) {
        const parcel = { id, bytes, flow: nationOf(to), channel, priority: 'warning', key: null } as const;
        const sent = transport.send(to, { ...parcel, onSettled: () => settled(to) });
        accepted ||= sent.accepted;
      }
      if (!accepted) settled(to);
    }
    if (links.length === 0) everywhere();
  }

  #remember(hash: string, passing: Passing): void {
    this.#known.set(hash, passing);
    if (this.#known.size <= EVENTS_KNOWN) return;
    const oldest = this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

/** The key that an event is about. */
function subjectOf(event: KeyEvent): string {
  return event.event === 'added' ? event.key.id : event.keyId;
}

/** An event of a key as it goes over a link: its canonical JSON, and nothing else. */
function readKeyEvent(bytes: Uint8Array): KeyEvent | undefined {
  if (bytes[0] !== 0x7b || bytes.length > 2000) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  if (!text.startsWith('{"atUs":')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return conforms(KeyEvent, value) && canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}
