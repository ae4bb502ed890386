/** Relays pass an alert on as it was signed. They choose where they deliver it, within its own list of areas (W11). */
import { readCap } from '../formats/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import { CONTENT, type PublicMessage } from './channel.ts';
import type { Incoming } from './receiver.ts';

/** The relayed message for some of its areas; BF_WARNING for an area that the alert does not name. */
export function relayAlert(message: PublicMessage, areas: readonly string[]): Incoming {
  const named = new Set(
    readCap(Buffer.from(message.bytes).toString('utf8')).infos.flatMap((i) =>
      i.areas.flatMap((a) => a.geocodes.map(([, code]) => code)),
    ),
  );
  const wider = areas.find((a) => !named.has(a));
  if (wider !== undefined)
    throw new BeaconfireError('BF_WARNING', `expected areas of ${message.identifier}, found ${wider}`, {
      field: 'areas',
    });
  return { contentType: CONTENT.cap, bytes: message.bytes, jws: message.jws, relayedTo: [...areas] };
}
