/** The state of a nation's public warning of one launch, and what drives it. */
import type { Trilingual } from '../model/nation.ts';
import type { Phase, PointEstimate } from '../model/track.ts';
import type { Evidence, WarningStage } from '../model/warning.ts';
import type { GroundTrackPoint } from './areas.ts';
import type { SourceReport } from './corroboration.ts';
import type { IssuedWarning } from './publication.ts';
import type { Threat } from './threat.ts';

export interface WarningInput {
  nowUs: number;
  launchId: string;
  /** The nation holds the launch for confirmed. */
  launchDeclared: boolean;
  sources: readonly SourceReport[];
  track: {
    /** `impact`: held down to the impact. `ended`: the tracker closed it otherwise. */
    state: 'held' | 'lost' | 'impact' | 'ended';
    phase: Phase;
    lastUpdateUs: number;
    /** When the track began. Without it the track is taken for an old one. */
    sinceUs?: number;
  };
  impact?: PointEstimate;
  /** From now to the impact; in boost, the free fall from the present state. */
  groundTrack?: readonly GroundTrackPoint[];
  launch?: PointEstimate;
  /** Name of the launch place, where the launch estimate is not to be named by itself. */
  launchPlace?: Trilingual;
}

export interface AreaState extends Threat {
  /** The missile has been over it. */
  entered?: boolean;
  /** Since when its probability has been below the clearing threshold. */
  belowSinceUs?: number;
}

/** An alert with its updates, up to its cancel. */
export interface Chain {
  name: string;
  revision: number;
  stage: WarningStage;
  evidence: Evidence;
  areas: AreaState[];
  /** Predicted time of each area as last published. */
  toldUs: Record<string, number>;
  alertedUs: number;
  lastSentUs: number;
  stageSinceUs: number;
  launchPlace: Trilingual;
  launchedUs?: number;
  lostUs?: number;
  /** It was last told that nobody can foretell the fall: the times of the areas are void. */
  unforetold?: boolean;
  references: string[];
  last: IssuedWarning;
}

export interface WarningState {
  launchId: string;
  /** Chains opened so far. */
  chains: number;
  open?: Chain;
  /** `unconfirmed`: a threat is seen, but it lacks corroboration or declaration. */
  status: 'quiet' | 'unconfirmed' | 'active' | 'closed';
  independentSources: number;
  threats: Threat[];
  /** After a retraction: how many independent sources stood behind what was retracted. */
  retractedWith?: number;
}

export function initialWarningState(launchId: string): WarningState {
  return { launchId, chains: 0, status: 'quiet', independentSources: 0, threats: [] };
}

export function copyChain(chain: Chain): Chain {
  return { ...chain, areas: chain.areas.map((a) => ({ ...a })), toldUs: { ...chain.toldUs } };
}
