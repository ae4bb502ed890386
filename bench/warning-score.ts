/** What the warnings of many flights were worth. */

export const LEADS_S = [60, 120, 180, 300] as const;
export interface Score {
  scale: number;
  flights: number;
  /** Lead of each affected area, s, delivery taken off; minus infinity for one that was missed. */
  leads: number[];
  /** Areas affected, and those that had no alert before the missile was there. */
  affected: number;
  missed: number;
  /** Areas named themselves (not as neighbours) in any alert that were not affected, and that do not even border on one. */
  alerted: number;
  falseAreas: number;
  farFalseAreas: number;
  /** Flights that affected nobody and yet were warned of. */
  harmless: number;
  falseFlights: number;
}

export function share(score: Score, leadS: number): number {
  return score.leads.filter((l) => l >= leadS).length / Math.max(1, score.leads.length);
}
