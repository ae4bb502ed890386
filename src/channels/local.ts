/** Local authorities of an exercise: each region's own desk may warn its own people, and may be alone in doing so (W11). */
import type { Scheduler } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Trilingual } from '../model/nation.ts';
import { type IssuedWarning, publish, stampRetraction, type WarningConfig } from '../warning/index.ts';
import { CONTENT } from './channel.ts';
import { type AlertSigner, exerciseAlertSigner } from './jws.ts';
import type { SimulatedChannel } from './simulated.ts';

/** When the danger is said to come, after the alert, us: an assumption of the exercise. */
const AHEAD_US = 300e6;
const UNKNOWN: Trilingual = { en: 'an unknown place', ja: '不明の場所', ko: '미상의 장소' };

export class LocalAuthorities {
  readonly #config: WarningConfig;
  readonly #clock: Scheduler;
  readonly #channel: SimulatedChannel;
  readonly #signers: ReadonlyMap<string, AlertSigner>;
  readonly #open = new Map<string, { issued: IssuedWarning; config: WarningConfig }>();
  #count = 0;

  constructor(
    config: WarningConfig,
    clock: Scheduler,
    channel: SimulatedChannel,
    signers: ReadonlyMap<string, AlertSigner>,
  ) {
    this.#config = config;
    this.#clock = clock;
    this.#channel = channel;
    this.#signers = signers;
  }

  /** The authority of an area alerts its own people; BF_WARNING for an area of another nation or one already alerted. */
  alert(area: string): void {
    const signer = this.#signers.get(area);
    const region = this.#config.regions.find((r) => r.code === area);
    if (!signer || !region || this.#open.has(area))
      throw new BeaconfireError(
        'BF_WARNING',
        `expected an area of ${this.#config.nation} without a local alert, found ${area}`,
        {
          field: 'area',
        },
      );
    const nowUs = this.#clock.nowUs();
    const config: WarningConfig = {
      ...this.#config,
      regions: [region],
      authority: {
        en: `${region.name.en} (local authority, notional)`,
        ko: `${region.name.ko} 지방자치단체(가상)`,
        ja: `${region.name.ja}（自治体、架空）`,
      },
      sender: `exercise-${area.toLowerCase()}@beaconfire.example`,
    };
    const issued = publish(
      {
        chain: `BF-EX-${area}-local-${++this.#count}`,
        revision: 1,
        messageType: 'alert',
        stage: 'launch',
        evidence: 'observed',
        launchId: `local-${area}`,
        launchPlace: UNKNOWN,
        areas: [{ code: area, threat: 'passage', probability: 1, atUs: nowUs + AHEAD_US, neighbour: false }],
        named: [area],
        atUs: nowUs + AHEAD_US,
        sentUs: nowUs,
        alertedUs: nowUs,
        nextUpdateUs: nowUs + config.rules.updateIntervalS * 1e6,
        evidenceSources: [],
        independentSources: 0,
        references: [],
      },
      config,
    );
    this.#open.set(area, { issued, config });
    this.#say(signer, issued);
  }

  /** It takes its alert back as false. */
  withdraw(area: string): void {
    const open = this.#open.get(area);
    const signer = this.#signers.get(area);
    if (!open || !signer)
      throw new BeaconfireError('BF_WARNING', `expected an area with a local alert, found ${area}`, {
        field: 'area',
      });
    this.#open.delete(area);
    this.#say(signer, stampRetraction(open.issued, this.#clock.nowUs(), open.config));
  }

  #say(signer: AlertSigner, issued: IssuedWarning): void {
    const bytes = Buffer.from(issued.cap);
    const jws = signer.sign('exercise', CONTENT.cap, bytes);
    this.#channel.inject({ contentType: CONTENT.cap, bytes, jws });
  }
}

/** The keys of the local authorities of an exercise, one for each region, which it alone may warn. */
export function localSigners(seed: number | string, config: WarningConfig): Map<string, AlertSigner> {
  return new Map(config.regions.map(({ code }) => [code, exerciseAlertSigner(seed, code, [code])]));
}
