/** What a channel of public messages is, and the message as it leaves on one. */
import type { Mode, Nation } from '../model/nation.ts';
import type { IssuedWarning } from '../warning/index.ts';

export const CONTENT = {
  cap: 'application/cap+xml',
  text: 'text/beaconfire-alert',
  canary: 'application/beaconfire-canary',
} as const;

/** A message in the form of one channel, signed. */
export interface PublicMessage {
  identifier: string;
  chain: string;
  nation: Nation;
  mode: Mode;
  contentType: string;
  bytes: Uint8Array;
  /** Detached JWS over the bytes. */
  jws: string;
}

/** What became of a message at one receiver. */
export interface Outcome {
  receiver: string;
  accepted: boolean;
  reason?: string;
}

/** The form of a message on a channel. */
export interface Rendered {
  contentType: string;
  text: string;
}

/**
 * An adapter. `send` hands a message over once and reports each receiver's outcome whenever it comes, or never:
 * retries, limits of time and the comparison of receipts are the publisher's.
 */
export interface Channel {
  readonly id: string;
  /** A channel of an exercise carries nothing live, nor the reverse. */
  readonly mode: Mode;
  /** Whose receipts are expected. */
  readonly receivers: readonly string[];
  /** BF_WARNING if the message cannot be told on this channel. */
  render(issued: IssuedWarning): Rendered;
  send(message: PublicMessage, report: (outcome: Outcome) => void): void;
}

/** The bytes that make a canary of one moment: carried and acknowledged like an alert, never shown. */
export function canaryText(channel: string, nowUs: number): string {
  return `BEACONFIRE-CANARY-1\nchannel: ${channel}\ntime: ${nowUs}\n`;
}
