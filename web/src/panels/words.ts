/** Names of codes that several panels show. */
import type { WarningView } from '../../../src/node/wire.ts';
import type { Catalogue } from '../i18n/index.tsx';

/** What a message is called: a cancel says of what kind it is (W9). */
export function typeName(w: Pick<WarningView, 'messageType' | 'cancelReason'>, t: Catalogue): string {
  return w.messageType === 'cancel' && w.cancelReason
    ? t.warnings.cancelled[w.cancelReason]
    : t.warnings[w.messageType];
}

export function channelName(id: string, t: Catalogue): string {
  return t.sharing.channel[id as keyof typeof t.sharing.channel] ?? id;
}
