/** The worth of a warning: time of impact or passage minus time of the alert, for each region (W6). */
import { passageAreas } from './passage.ts';
import type { IssuedWarning } from './publication.ts';
import type { Region } from './regions.ts';

export interface AreaLead {
  code: string;
  /** When the region was truly crossed or hit. */
  atUs: number;
  /** When the first alert naming it was sent; undefined if none was. */
  alertedUs?: number;
  /** Negative when the alert came after the fact; undefined if none came. */
  leadS?: number;
}

/** Regions that a known path crosses, with the time of first crossing, in order of time. */
export function crossings(
  path: readonly { timeUs: number; latitudeDeg: number; longitudeDeg: number }[],
  regions: readonly Region[],
): { code: string; atUs: number }[] {
  const track = path.map((p) => ({ ...p, crossSigmaM: 0, heightM: 0 }));
  return passageAreas(track, regions)
    .filter(({ probability }) => probability > 0.5)
    .map(({ code, atUs }) => ({ code, atUs }))
    .sort((a, b) => a.atUs - b.atUs);
}

/** What the messages of one launch were worth to each region that was crossed or hit. */
export function areaLeads(
  issued: readonly IssuedWarning[],
  crossed: readonly { code: string; atUs: number }[],
): AreaLead[] {
  return crossed.map(({ code, atUs }) => {
    const first = issued.find(
      ({ warning }) => warning.messageType !== 'cancel' && warning.areas.some((a) => a.code === code),
    );
    if (!first) return { code, atUs };
    const alertedUs = first.warning.sentUs;
    return { code, atUs, alertedUs, leadS: (atUs - alertedUs) / 1e6 };
  });
}
