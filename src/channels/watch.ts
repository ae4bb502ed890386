/** The office hears its own public output (W18): whatever comes out on a channel and was not said by it is an alarm. */
import { sha256 } from '../exchange/index.ts';
import type { Publisher } from './publisher.ts';
import type { Incoming } from './receiver.ts';
import type { SimulatedChannel } from './simulated.ts';

export function watchOutput(publisher: Publisher, channels: readonly SimulatedChannel[]): void {
  for (const channel of channels) channel.tap((incoming) => hear(publisher, channel.id, incoming));
}

/** One message as it came out on a channel. */
export function hear(publisher: Publisher, channel: string, incoming: Incoming): void {
  if (publisher.said(incoming.bytes)) return;
  publisher.alarm({
    kind: 'unknownPublicMessage',
    where: channel,
    detail: `a public message that this office did not send, SHA-256 ${sha256(incoming.bytes).slice(0, 16)}`,
  });
}
