/**
 * One nation's node: its tracker, its part in the exchange, its picture and its warnings, put together. It
 * never knows whether a plot came from a simulation. All its time is the clock that it is given.
 */

import type { Alarm, Authorisation, PersonRecord, Publisher, PublisherOptions } from '../channels/index.ts';
import {
  type AgreementBook,
  Exchange,
  type Journal,
  type JournalRecord,
  type KeyRing,
  type Marking,
  type ReceivedItem,
  type Signer,
  type Transport,
} from '../exchange/index.ts';
import type { Scheduler } from '../model/clock.ts';
import type { Item, Level, Threat } from '../model/item.ts';
import { type Mode, type Nation, type NodeId, nationOf } from '../model/nation.ts';
import { type Plot, plotToRecord } from '../model/plot.ts';
import type { Sensor } from '../model/sensor.ts';
import type { TrackState } from '../model/track.ts';
import { divergences, Picture, type PictureEvent } from '../picture/index.ts';
import { type TrackView as OwnTrack, Tracker } from '../tracking/index.ts';
import { type IssuedWarning, regionByCode } from '../warning/index.ts';
import { type AgreementChange, agreementViews } from './agreements.ts';
import { PersonRefused, type Waiting } from './approvals.ts';
import { EVENT_TEXT, EventLog, nameOf } from './events.ts';
import { healthViews } from './health.ts';
import { LinkWatch, linkViews } from './links.ts';
import { alarmViews, assessmentViews, officeView, pictureTracks, warningViews } from './pictureViews.ts';
import { journalledSteps, stepAgain } from './public-past.ts';
import { RecallLog, recallList, recallViews } from './recalls.ts';
import { ReleaseLog } from './releases.ts';
import { TrackSharing } from './sharing.ts';
import { WarningOffice } from './warnings.ts';
import type {
  Milestones,
  NationHello,
  PersonAnswer,
  PersonRequest,
  PictureMessage,
  RecallList,
  RecallRequest,
  RecallView,
  SiteView,
} from './wire.ts';
import { PROTOCOL } from './wire.ts';

export interface NodeOptions {
  nation: Nation;
  mode: Mode;
  clock: Scheduler;
  sensors: readonly Sensor[];
  /** How the sites are shown to this nation's people. */
  sites: SiteView[];
  book: AgreementBook;
  signer: Signer;
  ring: KeyRing;
  transport: Transport;
  journal: Journal;
  marking: Marking;
  /** Asks the others for what it missed when a gap says that a queue was too short. */
  catchesUp?: boolean;
  /** The journal keeps what is on the way, so that `goOn` (go-on.ts) can go on after a crash. */
  resumable?: boolean;
  /** Whose missiles the nation's items are about, and their level. */
  threat: Threat;
  level: Level;
  /** The channels on which public warnings leave; without them warnings are only shown. */
  publisher?: (hooks: PublicationHooks) => Publisher;
  /** Called with each public warning as it is published. */
  onWarning?: (issued: IssuedWarning) => void;
  /** Called with each update of an own track. */
  onTrackUpdate?: (update: TrackState) => void;
}

export type PublicationHooks = Required<Pick<PublisherOptions, 'onAlarm' | 'onReceipt' | 'onAuthorised'>>;

/** Changes of the links are looked for this often, us. */
const LINKS_EVERY_US = 1e6;
/** Other nations are asked this often whether items get through, us. */
const CANARY_EVERY_US = 15e6;
/** A node that comes late asks for this much of the past, us: so long are the items of tracks valid. */
const CATCH_UP_US = 3600e6;

export class NationNode {
  readonly options: NodeOptions;
  readonly tracker: Tracker;
  readonly pictureOf: Picture;
  readonly exchange: Exchange;
  readonly warnings: WarningOffice;
  readonly publisher: Publisher | undefined;
  readonly events = new EventLog();
  readonly #sharing: TrackSharing;
  readonly #divergent = new Set<string>();
  readonly #milestones: Milestones = {
    firstPlotUs: null,
    firstPartnerUs: null,
    firstTrackUs: null,
    launchDeclaredUs: null,
    impactEstimateUs: null,
    publicWarningUs: null,
  };
  readonly #ended = new Set<string>();
  readonly #denied = new Set<string>();
  readonly #releases = new ReleaseLog();
  readonly #recalls = new RecallLog();
  readonly #changes = new Map<string, AgreementChange>();
  readonly #links = new LinkWatch();
  readonly #authorised = new Map<string, Authorisation>();
  #linksDueUs = 0;

  constructor(options: NodeOptions) {
    this.options = options;
    const { nation } = options;
    this.tracker = new Tracker(options.sensors, { prefix: `${nation}-` });
    this.pictureOf = new Picture({ node: nation, onEvent: (event) => this.#onPicture(event) });
    this.publisher = options.publisher?.({
      onAlarm: (alarm) => this.#onAlarm(alarm),
      onReceipt: ({ channel, identifier }, receiver) => {
        if (!options.journal.closed) options.journal.write('receipt', { channel, identifier, receiver });
      },
      onAuthorised: (identifier, { how, people }) => {
        this.#authorised.set(identifier, { how, people });
        options.journal.write('authorised', { identifier, how, people });
      },
    });
    this.warnings = new WarningOffice(
      nation,
      options.mode,
      {
        onIssue: (issued) => this.#onWarning(issued),
        onWaiting: (what, waiting, person) => this.#onWaiting(what, waiting, person),
        ...(options.resumable ? journalledSteps(options.journal) : {}),
      },
      this.publisher,
    );
    options.book.onEvent((agreement, event, entry) => {
      const state = options.book.state(agreement, event.timeUs);
      const { by = [], cause } = entry ?? {};
      this.#changes.set(agreement, {
        event: event.event,
        timeUs: event.timeUs,
        by: [...by],
        ...(cause && { cause }),
      });
      this.#log('agreement', 'alert', EVENT_TEXT.agreement(agreement, state, by, cause));
      // What an agreement changes of the links is told in the same moment.
      this.#linksDueUs = 0;
    });
    this.exchange = new Exchange({
      nation,
      mode: options.mode,
      clock: options.clock,
      book: options.book,
      signer: options.signer,
      ring: options.ring,
      transport: options.transport,
      journal: options.journal,
      marking: options.marking,
      ...(options.resumable ? { resumable: true } : {}),
      ...(options.catchesUp ? { catchesUp: true } : {}),
      onCaughtUp: ({ from, agreement, given, lost }) => {
        if (given + lost > 0)
          this.#log('link', lost > 0 ? 'alert' : 'notice', EVENT_TEXT.caughtUp(from, agreement, given, lost));
      },
      canary: { everyUs: CANARY_EVERY_US, threat: options.threat, level: options.level },
      onGap: (gap) => {
        this.#links.gap(nation, gap);
        this.#log(
          'link',
          'alert',
          EVENT_TEXT.gap(gap.from, gap.to, gap.ids.length + (gap.more ?? 0), gap.firstUs, gap.lastUs),
        );
      },
      onCanaryFailed: (to, canary) => this.#log('link', 'alert', EVENT_TEXT.canaryFailed(to, canary)),
      onItem: (received) => this.#onItem(received),
      onRelease: (release) => {
        const { to, decision, kind } = release;
        this.#releases.add(release, options.clock.nowUs());
        if (decision.decision !== 'deny') return;
        const code = decision.reasons[0]?.code ?? 'denied';
        const key = `${to} ${kind} ${code}`;
        if (this.#denied.has(key)) return;
        this.#denied.add(key);
        this.#log('denied', 'notice', EVENT_TEXT.denied(to, `${kind}, ${code}`));
      },
    });
    this.#sharing = new TrackSharing(options, (item) => this.exchange.share(item));
  }

  /** An event of an agreement that was not accepted: nothing changes, and it is told. */
  agreementRefused(agreement: string, event: string, why: string): void {
    this.options.journal.write('agreementRefused', { agreement, event, why });
    this.#log('agreement', 'notice', EVENT_TEXT.agreementRefused(agreement, event));
  }

  /** Nothing of a kind has been given that could be withdrawn: nothing changes, and it is told. */
  recallRefused(kind: string, reason: string): void {
    this.options.journal.write('recallRefused', { kind, why: reason });
    this.#log('release', 'notice', EVENT_TEXT.recallRefused(kind));
  }

  /** A witness was shown two histories of another node's journal. */
  otherHistory(of: NodeId): void {
    this.#log('link', 'alert', EVENT_TEXT.otherHistory(of));
  }

  get nation(): Nation {
    return this.options.nation;
  }

  /**
   * Withdraws one of this nation's own items from all who hold it, and from its own picture: what is not to be relied on
   * there is not to be relied on here. BF_USAGE if the item is not its own, was given to nobody, or is withdrawn.
   */
  recall({ item, reason }: RecallRequest): RecallView {
    const withdrawal = this.exchange.recall(item, reason);
    this.#log('release', 'alert', EVENT_TEXT.recalled(item, reason));
    this.#withdraw(withdrawal, this.nation);
    return recallViews(this.exchange).find((r) => r.item === item)!;
  }

  /** Own items that could be withdrawn, and those that were. */
  recalls(): RecallList {
    return recallList(this.exchange);
  }

  /** This node comes late, or has lost what it knew: it asks the others for what they gave it. */
  catchUp(): void {
    this.exchange.catchUp(this.options.clock.nowUs() - CATCH_UP_US);
  }

  /** A plot of an own sensor has arrived; `number` names it where whoever gave it may give it again. */
  plot(plot: Plot, number?: number): void {
    const answer = this.tracker.addPlot(plot);
    const named = number === undefined ? {} : { number };
    if (answer.accepted) this.options.journal.write('plot', { plot: plotToRecord(plot), ...named });
    else this.options.journal.write('plotRefused', { sensor: plot.sensor, reason: answer.reason, ...named });
  }

  /** The node's regular work: tracks, sharing, picture, warnings. */
  tick(): void {
    const nowUs = this.options.clock.nowUs();
    this.tracker.advanceTo(nowUs);
    const tracks = this.tracker.tracks();
    const tracklets = this.tracker.takeTracklets(this.nation, nowUs);
    for (const update of this.tracker.takeUpdates()) this.options.onTrackUpdate?.(update);
    this.exchange.together(() => {
      for (const tracklet of tracklets) {
        this.pictureOf.addOwn(tracklet, nowUs);
        this.#sharing.tracklet(
          tracklet,
          tracks.find((t) => t.id === tracklet.track),
          nowUs,
        );
      }
      for (const track of tracks) this.#report(track, nowUs);
    });
    this.pictureOf.update(nowUs);
    this.#tellDivergence();
    this.warnings.step(this.pictureOf.tracks(), nowUs);
    this.#tellConflicts(nowUs);
    this.#watchLinks(nowUs);
  }

  /** Says when a link has changed; looked at once a second. */
  #watchLinks(nowUs: number): void {
    if (nowUs < this.#linksDueUs) return;
    this.#linksDueUs = nowUs + LINKS_EVERY_US;
    for (const { to, status, agreement, delayS } of this.#links.changed(linkViews(this, nowUs)))
      this.#log(
        'link',
        status === 'up' ? 'notice' : 'alert',
        EVENT_TEXT.linkState(to, status, agreement, delayS),
      );
  }

  /** Closes open warnings; their receipts still come in until `close`. */
  endWarnings(): void {
    this.warnings.finish(this.options.clock.nowUs());
    this.publisher?.stop();
  }

  /** Closes open warnings, the exchange and the journal. */
  close(): void {
    this.endWarnings();
    this.warnings.close();
    this.exchange.close();
  }

  milestones(): Milestones {
    return { ...this.#milestones };
  }

  hello(): NationHello {
    const prefix = { USA: '', KOR: 'KR', JPN: 'JP' }[this.nation];
    return {
      type: 'nationHello',
      protocol: PROTOCOL,
      nation: this.nation,
      mode: this.options.mode,
      sites: this.options.sites,
      regionPrefix: prefix,
      ...(this.publisher ? { office: officeView(this.publisher) } : {}),
    };
  }

  picture(sequence: number, run: number): PictureMessage {
    const nowUs = this.options.clock.nowUs();
    const tracks = this.pictureOf.tracks();
    return {
      type: 'picture',
      nation: this.nation,
      mode: this.options.mode,
      sequence,
      timeUs: nowUs,
      run,
      tracks: pictureTracks(tracks, this.nation, this.options.sensors, nowUs),
      assessments: assessmentViews(tracks),
      milestones: this.milestones(),
      warnings: warningViews(this.warnings.issued, this.publisher, this.#authorised),
      links: this.#links.withGaps(linkViews(this, nowUs)),
      events: [...this.events.latest],
      releases: this.#releases.views(),
      agreements: agreementViews(this.options.book.agreements, nowUs, this.#changes),
      unconfirmed: this.warnings.unconfirmed(tracks),
      conflicts: this.warnings.conflicts(nowUs),
      awaiting: this.warnings.awaiting(),
      alarms: alarmViews(this.publisher),
      sensorHealth: healthViews(this.tracker.health()),
      recalls: recallViews(this.exchange),
      withdrawals: this.#recalls.withdrawals(this.nation),
    };
  }

  #withdraw(item: Item, from: Nation): void {
    const nowUs = this.options.clock.nowUs();
    const { tracks, gone, warnings } = this.#recalls.withdraw(
      item,
      from,
      this.pictureOf,
      this.warnings,
      nowUs,
    );
    this.options.journal.write('withdrawnFrom', { item: item.label.id, from, tracks, gone, warnings });
  }

  #log(...event: Parameters<EventLog['add']> extends [number, ...infer Rest] ? Rest : never): void {
    this.events.add(this.options.clock.nowUs(), ...event);
  }

  #mark(milestone: keyof Milestones, timeUs: number): void {
    this.#milestones[milestone] ??= timeUs;
  }

  #report(track: OwnTrack, nowUs: number): void {
    if (this.#ended.has(track.id)) return;
    if (track.ended) this.#ended.add(track.id);
    if (this.#milestones.firstPlotUs === null) {
      this.#mark('firstPlotUs', track.firstPlotUs);
      this.#log('plot', 'info', EVENT_TEXT.firstPlot(Object.keys(track.sensors)[0] ?? ''));
    }
    this.pictureOf.report(
      {
        track: track.id,
        launchDeclaredUs: track.launchDeclaredUs,
        launch: track.launchEstimate,
        impact: track.impactEstimate,
        apogeeKm: track.apogeeKm,
        ended: track.ended,
      },
      nowUs,
    );
    if (track.launchDeclaredUs !== undefined && track.launchEstimate)
      this.#sharing.launch(track, track.launchEstimate, nowUs);
    if (track.impactEstimate) this.#sharing.impact(track, track.impactEstimate, nowUs);
  }

  /** Told once as it begins: two authorities disagree in public. */
  #tellConflicts(nowUs: number): void {
    for (const { area, sinceUs, danger, none } of this.warnings.conflicts(nowUs)) {
      if (sinceUs !== nowUs) continue;
      const [a, b] = [danger.authority, none.authority];
      this.options.journal.write('conflict', { area, danger: a, none: b });
      const name = (code: string) => regionByCode(code)?.name ?? nameOf(code);
      this.#log('warning', 'alert', EVENT_TEXT.conflict(name(area), name(a), name(b)));
    }
  }

  /** Told once a track and node: shared data still gives different statements, and none is hidden. */
  #tellDivergence(): void {
    for (const track of this.pictureOf.tracks()) {
      for (const { node, divergent } of divergences(track)) {
        const key = `${track.id} ${node}`;
        if (!divergent || node === this.nation || this.#divergent.has(key)) continue;
        this.#divergent.add(key);
        this.#log('partner', 'notice', EVENT_TEXT.divergence(node, track.id));
      }
    }
  }

  #onItem({ item, path, agreement, receivedUs }: ReceivedItem): void {
    if (item.body.withdrawn) {
      this.#log('partner', 'alert', EVENT_TEXT.withdrawn(path[0], item.label.id));
      this.#withdraw(item, nationOf(path[0]));
      return;
    }
    this.#mark('firstPartnerUs', receivedUs);
    this.pictureOf.addPartner(item, path, agreement, receivedUs);
  }

  #onPicture(event: PictureEvent): void {
    const nowUs = this.options.clock.nowUs();
    if (event.kind === 'full') {
      this.#log('track', 'alert', EVENT_TEXT.pictureFull());
      return;
    }
    const { id } = event.track;
    if (event.kind === 'newTrack') {
      this.#mark('firstTrackUs', nowUs);
      this.#log('track', 'notice', EVENT_TEXT.newTrack(id, event.by));
    } else if (event.kind === 'partnerData') {
      this.#log('partner', 'notice', EVENT_TEXT.partnerData(event.node, id, event.agreement));
    } else if (event.kind === 'launchDeclared') {
      this.#mark('launchDeclaredUs', nowUs);
      this.#log('launch', 'alert', EVENT_TEXT.launchDeclared(id, event.by));
    } else if (event.kind === 'impactEstimate') {
      this.#mark('impactEstimateUs', nowUs);
      const { latitudeDeg, longitudeDeg } = event.impact;
      this.#log(
        'impact',
        'alert',
        EVENT_TEXT.impactEstimate(id, `${latitudeDeg.toFixed(1)}°, ${longitudeDeg.toFixed(1)}°`),
      );
    } else if (event.kind === 'reacquired') this.#log('track', 'notice', EVENT_TEXT.reacquired(id, event.by));
    else if (event.kind === 'merged') this.#log('track', 'notice', EVENT_TEXT.trackMerged(event.gone.id, id));
    else if (event.kind === 'notBallistic') this.#log('track', 'alert', EVENT_TEXT.notBallistic(id));
    else this.#log('track', event.how === 'lost' ? 'alert' : 'notice', EVENT_TEXT.trackEnded(id, event.how));
  }

  #onAlarm({ kind, where, identifier, detail }: Alarm): void {
    this.options.journal.write('alarm', { kind, where, detail, ...(identifier ? { identifier } : {}) });
    this.#log('warning', 'alert', EVENT_TEXT.publicationAlarm(kind, where));
  }

  /** One record of an earlier life that tells of the public's side; others are passed over (go-on.ts). */
  publicAgain({ kind, body, timeUs }: JournalRecord): void {
    if (kind === 'authorised') {
      const { identifier, how, people } = body as { identifier: string } & Pick<
        Authorisation,
        'how' | 'people'
      >;
      this.#authorised.set(identifier, { how, people });
    } else if (kind === 'person') this.warnings.personAgain(body.request as PersonRequest, timeUs);
    else stepAgain(this.warnings, kind, body);
  }

  /** A person of the warning office asks for something, with a signature; a PersonRefused says why not. */
  person(request: PersonRequest): PersonAnswer {
    if (this.options.resumable) this.options.journal.write('person', { request });
    try {
      return this.warnings.person(request, this.options.clock.nowUs());
    } catch (error) {
      if (error instanceof PersonRefused)
        this.options.journal.write('approvalRefused', { action: request.action, reason: error.reason });
      throw error;
    }
  }

  #onWaiting(
    what: 'waits' | 'changed' | 'signed' | 'lapsed',
    { issued, launchId }: Waiting,
    person?: PersonRecord,
  ): void {
    const { headline } = issued[0].warning;
    const identifiers = issued.map((one) => one.warning.identifier);
    const by = person === undefined ? {} : { person: person.person };
    this.options.journal.write('approval', { what, launchId, identifiers, ...by });
    if (what === 'signed') this.#log('warning', 'notice', EVENT_TEXT.awaitsSigned(person?.person ?? ''));
    else if (what === 'lapsed') this.#log('warning', 'notice', EVENT_TEXT.awaitsLapsed(headline));
    else
      this.#log(
        'warning',
        'alert',
        what === 'waits' ? EVENT_TEXT.awaits(headline) : EVENT_TEXT.awaitsChanged(headline),
      );
  }

  #onWarning(issued: IssuedWarning): void {
    const { warning } = issued;
    if (warning.messageType === 'alert') this.#mark('publicWarningUs', this.options.clock.nowUs());
    this.options.journal.write('warning', { warning });
    this.#log('warning', warning.messageType === 'cancel' ? 'notice' : 'alert', warning.headline);
    this.options.onWarning?.(issued);
  }
}
