/** Which of a nation's regions are threatened at this moment, by its rules. */
import type { Phase, PointEstimate } from '../model/track.ts';
import { type AreaProbability, type GroundTrackPoint, impactAreas } from './areas.ts';
import { passageAreas } from './passage.ts';
import type { WarningConfig } from './publication.ts';
import { neighboursOf, regionByCode } from './regions.ts';

export interface Threat {
  code: string;
  threat: 'impact' | 'passage';
  probability: number;
  atUs: number;
  /** When the danger to the region is over: it is left, or hit. */
  untilUs: number;
  neighbour: boolean;
}

export interface Assessment {
  /** Regions above a threshold, and their neighbours if the rules say so. */
  threats: Threat[];
  /** Probability of each region that has any. */
  probabilities: Map<string, number>;
}

/**
 * `told`: regions already told to expect an impact. They keep that threat until it falls below the clearing
 * threshold, so that an estimate that wavers about the threshold does not change the public message each second.
 */
export function assess(
  seen: { impact?: PointEstimate; groundTrack?: readonly GroundTrackPoint[]; track: { phase: Phase } },
  config: WarningConfig,
  told: ReadonlySet<string> = new Set(),
): Assessment {
  const { rules, regions } = config;
  const { impact, groundTrack } = seen;
  const floor = seen.track.phase === 'boost' ? rules.boostProbability : 0;
  const impacts = impact ? impactAreas(impact, regions, { marginM: rules.vicinityKm * 1000 }) : [];
  const passages = groundTrack ? passageAreas(groundTrack, regions) : [];
  const probabilities = new Map<string, number>();
  const threats = new Map<string, Threat>();
  const take = (a: AreaProbability, threat: Threat['threat'], threshold: number) => {
    probabilities.set(a.code, Math.max(a.probability, probabilities.get(a.code) ?? 0));
    // Impact is told before passage where both are likely enough.
    if (a.probability < threshold || threats.has(a.code)) return;
    threats.set(a.code, { ...a, threat, neighbour: false });
  };
  for (const a of impacts) {
    take(a, 'impact', told.has(a.code) ? rules.clearProbability : Math.max(floor, rules.impactProbability));
  }
  for (const a of passages) take(a, 'passage', Math.max(floor, rules.passageProbability));
  if (rules.neighbours) addNeighbours(threats, probabilities, passages, config);
  return { threats: [...threats.values()], probabilities };
}

function addNeighbours(
  threats: Map<string, Threat>,
  probabilities: ReadonlyMap<string, number>,
  passages: readonly AreaProbability[],
  config: WarningConfig,
): void {
  const own = new Set(config.regions.map((r) => r.code));
  const direct = [...threats.values()].sort((a, b) => a.atUs - b.atUs);
  for (const t of direct) {
    for (const code of neighboursOf(t.code)) {
      if (threats.has(code) || !own.has(code) || !regionByCode(code)) continue;
      const passage = passages.find((p) => p.code === code);
      const { atUs, untilUs } = passage ?? t;
      threats.set(code, {
        code,
        threat: t.threat,
        probability: probabilities.get(code) ?? 0,
        atUs,
        untilUs,
        neighbour: true,
      });
    }
  }
}
