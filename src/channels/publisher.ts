/**
 * Publishes a nation's warnings on all its channels at once, and does not believe that they arrived until receipts say
 * so. A Cancel goes out on every channel that carried the alert; one without a receipt in time raises an alarm (W8). A
 * newer message of a chain ends the retries of an older one, so a retraction overtakes an alert still going out (W3).
 */
import { canonicalJson, sha256 } from '../exchange/index.ts';
import type { Scheduler } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { IssuedWarning, WarningConfig } from '../warning/index.ts';
import { type Channel, CONTENT, canaryText, type PublicMessage } from './channel.ts';
import type { AlertSigner } from './jws.ts';
import type { Approval, Authorisation, Roster, SignedRule, Subject } from './people.ts';
import type { Disagreement } from './receiver.ts';

/** Waits before a message is handed over again to those who have not answered, s; the last is repeated. */
const RETRY_S = { alert: [1, 1, 2, 4], update: [1, 1, 2, 4], cancel: [0.5] } as const;
/** After so many attempts the alarm has long been raised and people act. */
const ATTEMPTS = 40;
/** A receipt that is not here after this long is late, us (W8). */
export const RECEIPT_LIMIT_US = 5e6;
/** A local desk that has not acknowledged an alert after this long is late, us (W13). */
export const LOCAL_LIMIT_US = 60e6;
/** A message that has waited for people this long is late, us (W13: a late human step escalates). */
export const APPROVAL_LIMIT_US = 60e6;
const CANARY_EVERY_US = 60e6;
/** Deliveries and alarms kept. */
const KEPT = 2000;
/** Digests kept of what was said: days of canaries. */
const SAID = 50_000;

export type AlarmKind =
  | 'receiptLate'
  | 'cancelReceiptLate'
  | 'refused'
  | 'localAcknowledgementLate'
  | 'approvalLate'
  | 'channelDown'
  | 'unknownPublicMessage';

export interface Alarm {
  kind: AlarmKind;
  atUs: number;
  /** The channel, or the area of the local desk. */
  where: string;
  identifier?: string;
  detail: string;
}

/** One message on one channel. */
export interface Delivery {
  channel: string;
  identifier: string;
  chain: string;
  messageType: 'alert' | 'update' | 'cancel';
  sentUs: number;
  attempts: number;
  /** When each receiver acknowledged. */
  receipts: Map<string, number>;
  /** Reasons of those who refused. */
  refused: Map<string, string>;
  /** A newer message of the chain took its place before all had answered. */
  overtaken: boolean;
  late: boolean;
}

/** A message that an earlier life of the office handed to its channels. */
export interface Said {
  issued: IssuedWarning;
  sentUs: number;
  /** By channel: receivers that acknowledged it, and when. */
  receipts: { channel: string; by: ReadonlyMap<string, number> }[];
}

export interface PublisherOptions {
  clock: Scheduler;
  config: WarningConfig;
  signer: AlertSigner;
  roster: Roster;
  channels: readonly Channel[];
  /** A rule that two people signed beforehand: what it covers goes out by itself. */
  rule?: SignedRule;
  /** Areas whose local desk must acknowledge an alert; all that it names by default. */
  localDesks?: (areas: readonly string[]) => readonly string[];
  onAlarm?: (alarm: Alarm) => void;
  onReceipt?: (delivery: Delivery, receiver: string, atUs: number) => void;
  onAuthorised?: (identifier: string, authorisation: Authorisation, issued: IssuedWarning) => void;
}

/** The digest of a desk's rules, as a signed rule names it. */
export function rulesDigest(config: WarningConfig): string {
  return sha256(canonicalJson(config.rules));
}

export class Publisher {
  readonly options: PublisherOptions;
  readonly deliveries: Delivery[] = [];
  readonly alarms: Alarm[] = [];
  /** Health by canary: a channel is up when its receivers acknowledged the last one. */
  /** What comes out on its channels, its own and other authorities' words; set where the office hears them. */
  ear: { disagreements(nowUs: number): Disagreement[] } | undefined;
  readonly health = new Map<string, 'unknown' | 'up' | 'down'>();
  /** Digests of all that was said. */
  readonly #said = new Set<string>();
  /** Channels that carried a chain. */
  readonly #carried = new Map<string, Set<Channel>>();
  readonly #open = new Set<string>();
  readonly #localDue = new Map<string, Map<string, () => void>>();
  #stopCanary: (() => void) | undefined;

  /** BF_KEY_MODE if key, people, configuration and channels are not of one mode and nation (W1). */
  constructor(options: PublisherOptions) {
    const { config, signer, roster, channels } = options;
    const bad = [signer.record.mode, roster.mode, ...channels.map((c) => c.mode)].find(
      (m) => m !== config.mode,
    );
    if (bad !== undefined)
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected key, people and channels of mode ${config.mode}, found one of ${bad}`,
      );
    if (roster.nation !== config.nation)
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected people of ${config.nation}, found those of ${roster.nation}`,
      );
    this.options = options;
    for (const channel of channels) this.health.set(channel.id, 'unknown');
  }

  /** What people sign to publish a message. */
  subject(issued: IssuedWarning): Subject {
    const { nation, mode } = this.options.config;
    const { identifier } = issued.warning;
    return { what: 'publish', nation, mode, identifier, digest: sha256(issued.cap) };
  }

  /** What one person signs to take back a chain. */
  retractSubject(chain: string): Subject {
    const { nation, mode } = this.options.config;
    return { what: 'retract', nation, mode, chain };
  }

  /**
   * Publishes on every channel, or throws before anything has left: BF_APPROVAL without the people or the rule,
   * BF_WARNING for what a channel cannot tell, BF_KEY_MODE at the key. `sources` are the independent ones behind it.
   */
  publish(issued: IssuedWarning, approvals: readonly Approval[], sources: number): Authorisation {
    const authorisation = this.authorise(issued, approvals, sources);
    const { warning } = issued;
    const before = this.#carried.get(warning.chain) ?? new Set<Channel>();
    const channels = new Set([...before, ...this.options.channels]);
    const messages = [...channels].map((channel) => ({ channel, message: this.#sign(channel, issued) }));
    this.options.onAuthorised?.(warning.identifier, authorisation, issued);
    this.#begin(issued, channels);
    for (const { channel, message } of messages) this.#dispatch(channel, message, issued);
    if (warning.messageType === 'alert') this.#awaitLocal(issued);
    return authorisation;
  }

  /**
   * Goes on after a restart with what was said before it, in its order. Whoever has acknowledged a message gets it no
   * more; the others get the last one of each chain again, in the same bytes, while it holds. Before the office says
   * anything new.
   */
  goOn(said: readonly Said[]): void {
    const { clock } = this.options;
    const last = new Map(said.map((one) => [one.issued.warning.chain, one]));
    for (const one of said) {
      const { warning } = one.issued;
      const before = this.#carried.get(warning.chain) ?? new Set<Channel>();
      const channels = new Set([...before, ...this.options.channels]);
      this.#begin(one.issued, channels);
      for (const channel of channels) {
        const by = one.receipts.find((r) => r.channel === channel.id)?.by ?? new Map<string, number>();
        const message = this.#sign(channel, one.issued);
        if (last.get(warning.chain) === one) this.#dispatch(channel, message, one.issued, one.sentUs, by);
        else this.#say(message.bytes);
      }
      const waits = warning.messageType === 'alert' && this.#open.has(warning.chain);
      if (waits && clock.nowUs() - one.sentUs < LOCAL_LIMIT_US) this.#awaitLocal(one.issued);
    }
  }

  /** A message of a chain takes the place of those before it. */
  #begin({ warning }: IssuedWarning, channels: Set<Channel>): void {
    for (const old of this.deliveries) {
      if (old.chain === warning.chain && !this.#answered(old)) old.overtaken = true;
    }
    this.#carried.set(warning.chain, channels);
    if (warning.messageType === 'cancel') {
      this.#open.delete(warning.chain);
      this.#localDone(warning.chain);
    } else this.#open.add(warning.chain);
  }

  /** The last messages of chains have gone out, and not every receiver has acknowledged them. */
  get awaited(): boolean {
    return this.deliveries.some((d) => !d.overtaken && !this.#answered(d));
  }

  /** True if these bytes were said by this office. */
  said(bytes: Uint8Array): boolean {
    return this.#said.has(sha256(bytes));
  }

  /** A local desk's person has seen the alert (W13). */
  acknowledgeLocally(chain: string, area: string): void {
    const due = this.#localDue.get(chain);
    due?.get(area)?.();
    due?.delete(area);
  }

  /** Locks the key for maintenance (W18); BF_WARNING while an alert is open, for it could not be taken back. */
  beginMaintenance(reason: string): void {
    const [open] = this.#open;
    if (open !== undefined)
      throw new BeaconfireError('BF_WARNING', `expected no open alert before maintenance, found ${open}`);
    this.options.signer.lock(reason);
  }

  endMaintenance(): void {
    this.options.signer.unlock();
  }

  /** Sends a canary through every channel now and then, until stopped. */
  startCanaries(): void {
    const { clock } = this.options;
    const round = () => {
      for (const channel of this.options.channels) this.#canary(channel);
      this.#stopCanary = clock.at(clock.nowUs() + CANARY_EVERY_US, round);
    };
    round();
  }

  stop(): void {
    this.#stopCanary?.();
    for (const chain of [...this.#localDue.keys()]) this.#localDone(chain);
  }

  /** What the receipts of a chain's last message say, by channel. */
  receipts(identifier: string): Delivery[] {
    return this.deliveries.filter((d) => d.identifier === identifier);
  }

  alarm(alarm: Omit<Alarm, 'atUs'>): void {
    const full = { ...alarm, atUs: this.options.clock.nowUs() };
    this.alarms.push(full);
    if (this.alarms.length > KEPT) this.alarms.shift();
    this.options.onAlarm?.(full);
  }

  /** Who stands behind a message, or BF_APPROVAL; nothing leaves. */
  authorise(issued: IssuedWarning, approvals: readonly Approval[], sources: number): Authorisation {
    const { roster, rule, config, clock } = this.options;
    const { warning: w } = issued;
    if (w.messageType === 'cancel' && w.cancelReason === 'false')
      return { how: 'one person', people: roster.requireOne(this.retractSubject(w.chain), approvals) };
    let why = 'there is none';
    if (rule) {
      const message = { stage: w.stage, rulesDigest: rulesDigest(config), sources };
      // A chain that is open is followed and closed whatever has become of its sources.
      if (w.messageType !== 'alert') message.sources = Math.max(sources, rule.rule.corroboration);
      const covered = roster.ruleCovers(rule, message, clock.nowUs());
      if ('people' in covered) return { how: 'rule', people: covered.people };
      why = covered.why;
    }
    try {
      return { how: 'two people', people: roster.requireTwo(this.subject(issued), approvals) };
    } catch (error) {
      if (!(error instanceof BeaconfireError) || approvals.length > 0) throw error;
      throw new BeaconfireError(
        'BF_APPROVAL',
        `expected two different people or a rule under ${w.identifier}, found no signature, and of the rule: ${why}`,
      );
    }
  }

  #sign(channel: Channel, issued: IssuedWarning): PublicMessage {
    const { warning: w } = issued;
    if (w.mode !== channel.mode)
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected a message of mode ${channel.mode} on ${channel.id}, found ${w.mode}`,
      );
    const { contentType, text } = channel.render(issued);
    const bytes = Buffer.from(text);
    const jws = this.options.signer.sign(w.mode, contentType, bytes);
    return {
      identifier: w.identifier,
      chain: w.chain,
      nation: w.nation,
      mode: w.mode,
      contentType,
      bytes,
      jws,
    };
  }

  #dispatch(
    channel: Channel,
    message: PublicMessage,
    { warning: { messageType, expiresUs } }: IssuedWarning,
    sentUs = this.options.clock.nowUs(),
    receipts: ReadonlyMap<string, number> = new Map(),
  ): void {
    const { clock } = this.options;
    this.#say(message.bytes);
    const delivery: Delivery = {
      channel: channel.id,
      identifier: message.identifier,
      chain: message.chain,
      messageType,
      sentUs,
      attempts: 0,
      receipts: new Map(receipts),
      refused: new Map(),
      overtaken: false,
      late: false,
    };
    this.deliveries.push(delivery);
    if (this.deliveries.length > KEPT) this.deliveries.shift();
    const attempt = () => {
      if (delivery.overtaken || this.#missing(delivery, channel).length === 0) return;
      // A receiver would refuse it, and rightly: the alarm below says that it has no receipt.
      if (clock.nowUs() >= expiresUs) return;
      const waits = RETRY_S[messageType];
      const wait = waits[Math.min(delivery.attempts, waits.length - 1)];
      channel.send(message, (outcome) => this.#take(delivery, outcome));
      if (++delivery.attempts < ATTEMPTS) clock.at(clock.nowUs() + wait * 1e6, attempt);
    };
    attempt();
    clock.at(clock.nowUs() + RECEIPT_LIMIT_US, () => {
      const missing = this.#missing(delivery, channel);
      if (missing.length === 0 || delivery.overtaken) return;
      delivery.late = true;
      this.alarm({
        kind: messageType === 'cancel' ? 'cancelReceiptLate' : 'receiptLate',
        where: channel.id,
        identifier: message.identifier,
        detail: `no receipt in ${RECEIPT_LIMIT_US / 1e6} s from ${missing.join(', ')}`,
      });
    });
  }

  #take(
    delivery: Delivery,
    { receiver, accepted, reason }: { receiver: string; accepted: boolean; reason?: string },
  ): void {
    const nowUs = this.options.clock.nowUs();
    if (accepted) {
      if (delivery.receipts.has(receiver)) return;
      delivery.receipts.set(receiver, nowUs);
      this.options.onReceipt?.(delivery, receiver, nowUs);
    } else if (!delivery.refused.has(receiver)) {
      delivery.refused.set(receiver, reason ?? 'no reason given');
      const { channel: where, identifier } = delivery;
      this.alarm({
        kind: 'refused',
        where,
        identifier,
        detail: `${receiver}: ${reason ?? 'no reason given'}`,
      });
    }
  }

  #missing(delivery: Delivery, channel: Channel): string[] {
    return channel.receivers.filter((r) => !delivery.receipts.has(r));
  }

  #answered(delivery: Delivery): boolean {
    const channel = [...(this.#carried.get(delivery.chain) ?? [])].find((c) => c.id === delivery.channel);
    return channel !== undefined && this.#missing(delivery, channel).length === 0;
  }

  #awaitLocal({ warning: w }: IssuedWarning): void {
    const { clock, localDesks } = this.options;
    const codes = w.areas.map((a) => a.code);
    const due = new Map<string, () => void>();
    this.#localDue.set(w.chain, due);
    for (const area of localDesks?.(codes) ?? codes) {
      const cancel = clock.at(clock.nowUs() + LOCAL_LIMIT_US, () => {
        due.delete(area);
        const detail = `no acknowledgement of the local desk in ${LOCAL_LIMIT_US / 1e6} s`;
        this.alarm({ kind: 'localAcknowledgementLate', where: area, identifier: w.identifier, detail });
      });
      due.set(area, cancel);
    }
  }

  #localDone(chain: string): void {
    for (const cancel of this.#localDue.get(chain)?.values() ?? []) cancel();
    this.#localDue.delete(chain);
  }

  #say(bytes: Uint8Array): void {
    this.#said.add(sha256(bytes));
    if (this.#said.size > SAID) this.#said.delete(this.#said.values().next().value as string);
  }

  #canary(channel: Channel): void {
    const { clock, config, signer } = this.options;
    if (signer.locked) return;
    const bytes = Buffer.from(canaryText(channel.id, clock.nowUs()));
    const jws = signer.sign(config.mode, CONTENT.canary, bytes);
    this.#say(bytes);
    const identifier = `canary-${channel.id}-${clock.nowUs()}`;
    const { nation, mode } = config;
    const waiting = new Set(channel.receivers);
    channel.send(
      { identifier, chain: identifier, nation, mode, contentType: CONTENT.canary, bytes, jws },
      (outcome) => {
        if (outcome.accepted) waiting.delete(outcome.receiver);
        if (waiting.size === 0) this.health.set(channel.id, 'up');
      },
    );
    clock.at(clock.nowUs() + RECEIPT_LIMIT_US, () => {
      if (waiting.size === 0) return;
      const was = this.health.get(channel.id);
      this.health.set(channel.id, 'down');
      if (was !== 'down')
        this.alarm({
          kind: 'channelDown',
          where: channel.id,
          detail: `no canary acknowledged by ${[...waiting].join(', ')}`,
        });
    });
  }
}
