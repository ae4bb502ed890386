/** The publication side of a nation's warning office in an exercise: own keys, own people, simulated channels. */
import type { Random } from '../earth/random.ts';
import type { Scheduler } from '../model/clock.ts';
import type { Nation } from '../model/nation.ts';
import { WARNING_STAGES } from '../model/warning.ts';
import type { WarningConfig } from '../warning/index.ts';
import { AlertKeyRing, type AlertSigner, exerciseAlertSigner } from './jws.ts';
import { LocalAuthorities, localSigners } from './local.ts';
import {
  type Credential,
  exercisePerson,
  Roster,
  ruleSubject,
  type SignedRule,
  type StandingRule,
} from './people.ts';
import { type Alarm, type Delivery, Publisher, type PublisherOptions, rulesDigest } from './publisher.ts';
import { SimulatedChannel, type SimulatedKind } from './simulated.ts';
import { watchOutput } from './watch.ts';

export interface ExerciseOfficeOptions {
  seed: number | string;
  /** Of mode exercise: this office holds no other key. */
  config: WarningConfig;
  clock: Scheduler;
  random: Random;
  /** Chance that one copy is lost on its way, 0 to 1. */
  loss?: number;
  /** False: nothing goes out by itself; people sign each message. */
  byRule?: boolean;
  /** After how long the simulated local desk of an area acknowledges, s; undefined: never. */
  localDeskS?: (area: string) => number | undefined;
  onAlarm?: (alarm: Alarm) => void;
  onReceipt?: (delivery: Delivery, receiver: string, atUs: number) => void;
  onAuthorised?: PublisherOptions['onAuthorised'];
}

export interface ExerciseOffice {
  publisher: Publisher;
  signer: AlertSigner;
  ring: AlertKeyRing;
  /** Two watch officers and a supervisor. */
  people: readonly Credential[];
  channels: readonly SimulatedChannel[];
  /** The regions' own desks. */
  locals: LocalAuthorities;
}

const PREFIX = { JPN: 'JP-', KOR: 'KR-', USA: 'US-' } as const;

/** Channels with their receivers and mean one-way delays, s: assumptions of the exercise. */
const CHANNELS: Record<
  'JPN' | 'KOR',
  readonly [id: string, kind: SimulatedKind, receivers: string[], delayS: number][]
> = {
  JPN: [
    ['cap-feed', 'capFeed', ['broadcaster', 'application'], 1],
    ['cap-push', 'capPush', ['carrier'], 0.2],
    ['jalert-text', 'jalert', ['municipal loudspeakers'], 0.5],
  ],
  KOR: [
    ['cap-feed', 'capFeed', ['broadcaster', 'application'], 1],
    ['cap-push', 'capPush', ['carrier'], 0.2],
    ['cell-broadcast', 'cellBroadcast', ['telephones'], 0.5],
    ['sirens', 'siren', ['sirens'], 0.3],
  ],
};

/** The key and the people of an exercise's office: two watch officers and a supervisor. */
function exerciseStaff(
  seed: number | string,
  nation: Nation,
): { signer: AlertSigner; people: readonly Credential[]; roster: Roster } {
  const people = [
    exercisePerson(seed, nation, 'officer-1'),
    exercisePerson(seed, nation, 'officer-2'),
    exercisePerson(seed, nation, 'supervisor', 'supervisor'),
  ];
  const records = people.map((p) => p.record);
  return {
    signer: exerciseAlertSigner(seed, nation, [PREFIX[nation]]),
    people,
    roster: new Roster(nation, 'exercise', records),
  };
}

/**
 * The publication side of an exercise's office on channels that outlive its process, and without local desks. The rule
 * that covers all holds for a day from `fromUs` on, whenever the process begins anew.
 */
export function exercisePublisher(
  options: Pick<
    PublisherOptions,
    'config' | 'clock' | 'channels' | 'onAlarm' | 'onReceipt' | 'onAuthorised'
  > & {
    seed: number | string;
    fromUs: number;
  },
): Publisher {
  const { seed, fromUs, ...rest } = options;
  const { signer, roster, people } = exerciseStaff(seed, rest.config.nation);
  return new Publisher({
    ...rest,
    signer,
    roster,
    rule: exerciseRule(rest.config, people, fromUs),
    localDesks: () => [],
  });
}

export function exerciseOffice(options: ExerciseOfficeOptions): ExerciseOffice {
  const { seed, config, clock, random, loss = 0, byRule = true, localDeskS } = options;
  const { nation } = config;
  const { signer, people, roster } = exerciseStaff(seed, nation);
  const local = localSigners(seed, config);
  const ring = new AlertKeyRing([signer, ...local.values()].map((s) => s.record));
  const channels = CHANNELS[nation === 'KOR' ? 'KOR' : 'JPN'].map(
    ([id, kind, receivers, delayS]) =>
      new SimulatedChannel({
        id,
        kind,
        mode: 'exercise',
        clock,
        random: random.fork(`channel ${nation} ${id}`),
        receivers,
        ring,
        delayS,
        loss,
      }),
  );
  const rule = byRule ? exerciseRule(config, people, clock.nowUs()) : undefined;
  const publisher = new Publisher({
    clock,
    config,
    signer,
    roster,
    channels,
    ...(rule ? { rule } : {}),
    ...(options.onAlarm ? { onAlarm: options.onAlarm } : {}),
    ...(options.onReceipt ? { onReceipt: options.onReceipt } : {}),
    onAuthorised: (identifier, authorisation, issued) => {
      options.onAuthorised?.(identifier, authorisation, issued);
      const { chain, messageType, areas } = issued.warning;
      if (messageType !== 'alert' || !localDeskS) return;
      for (const { code } of areas) {
        const afterS = localDeskS(code);
        if (afterS !== undefined)
          clock.at(clock.nowUs() + Math.round(afterS * 1e6), () => publisher.acknowledgeLocally(chain, code));
      }
    },
  });
  const ear = watchOutput(publisher, channels, ring);
  publisher.ear = ear;
  const locals = new LocalAuthorities(config, clock, channels[0], local);
  return { publisher, signer, ring, people, channels, locals };
}

/** The exercise's standing rule: all stages under the desk's own rules, for a day, signed by two of its people. */
function exerciseRule(config: WarningConfig, people: readonly Credential[], nowUs: number): SignedRule {
  const rule: StandingRule = {
    nation: config.nation,
    mode: config.mode,
    rulesDigest: rulesDigest(config),
    stages: WARNING_STAGES,
    corroboration: config.rules.corroboration,
    validFromUs: nowUs,
    validUntilUs: nowUs + 86_400e6,
  };
  return { rule, approvals: people.slice(0, 2).map((p) => p.approve(ruleSubject(rule))) };
}
