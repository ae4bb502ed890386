/**
 * The office hears its own public output (W18): what comes out on a channel and was said neither by it nor, under a
 * trusted key, by another authority is an alarm. What the others say is held beside its own, so that it shows when two
 * authorities disagree (W11).
 */
import { sha256 } from '../exchange/index.ts';
import { CONTENT } from './channel.ts';
import type { AlertKeyRing } from './jws.ts';
import type { Publisher } from './publisher.ts';
import { type Disagreement, type Incoming, ReferenceReceiver } from './receiver.ts';
import type { SimulatedChannel } from './simulated.ts';

export class PublicEar {
  readonly #publisher: Publisher;
  readonly #ring: AlertKeyRing;
  readonly #receiver: ReferenceReceiver;

  constructor(publisher: Publisher, ring: AlertKeyRing) {
    this.#publisher = publisher;
    this.#ring = ring;
    this.#receiver = new ReferenceReceiver(publisher.options.config.mode, ring);
  }

  /** One message as it came out on a channel. */
  hear(channel: string, incoming: Incoming): void {
    const { contentType, bytes, jws } = incoming;
    const { clock, config, signer } = this.#publisher.options;
    const own = this.#publisher.said(bytes);
    const signed = this.#ring.verify(config.mode, contentType, bytes, jws);
    if (!own && !(signed.ok && signed.record.authority !== signer.record.authority)) {
      this.#publisher.alarm({
        kind: 'unknownPublicMessage',
        where: channel,
        detail: `a public message that this office did not send, SHA-256 ${sha256(bytes).slice(0, 16)}`,
      });
      return;
    }
    // The documents alone say in three languages which areas they are about.
    if (contentType === CONTENT.cap) this.#receiver.receive(incoming, clock.nowUs());
  }

  disagreements(nowUs: number): Disagreement[] {
    const said = this.#receiver.statements();
    return this.#receiver.conflicts(nowUs).flatMap(({ area, danger, none }) => {
      const a = said.findLast((m) => m.authority === danger && m.areas.includes(area));
      const b = said.findLast((m) => m.authority === none);
      return a && b ? [{ area, danger: a, none: b }] : [];
    });
  }
}

export function watchOutput(
  publisher: Publisher,
  channels: readonly SimulatedChannel[],
  ring: AlertKeyRing,
): PublicEar {
  const ear = new PublicEar(publisher, ring);
  for (const channel of channels) channel.tap((incoming) => ear.hear(channel.id, incoming));
  return ear;
}
