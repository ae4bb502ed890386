/**
 * One radar, one launch: plots in; a track, its launch point and where it comes down out.
 *
 *     npx tsx examples/track-a-launch.ts
 */
import { Tracker, type TrackView } from 'beaconfire/tracking';
import { risingPlots } from './plots.ts';

/** What the tracker tells at the end, one line a finding. */
export function trackALaunch(): string[] {
  const { sensors, plots, launch } = risingPlots();

  // Angles of a sensor's description are in degrees; those of plots in radians; times are integer microseconds.
  const tracker = new Tracker(sensors, { prefix: 'K-' });
  let burnout: TrackView | undefined;
  for (const plot of plots) {
    // A plot that cannot be used is refused by itself, with a reason; it never spoils a track.
    const answer = tracker.addPlot(plot);
    if (!answer.accepted) throw new Error(answer.reason);
    tracker.advanceTo(plot.timeUs);
    const [view] = tracker.tracks();
    if (view?.burnoutDecidedUs !== undefined) burnout ??= view;
  }

  // What no radar can have seen is refused: here a plot from behind the window of late plots.
  const late = tracker.addPlot({ ...plots[0] });

  const [track] = tracker.tracks();
  const { launchEstimate, impactEstimate } = track;
  if (!launchEstimate || !impactEstimate || !burnout)
    throw new Error('expected a launch, a burnout and an impact');
  const seconds = (us: number): string => ((us - launch.timeUs) / 1e6).toFixed(0);
  return [
    `track ${track.id}, ${track.plots} plots, phase ${track.phase}`,
    `launched near ${launchEstimate.latitudeDeg.toFixed(1)} N ${launchEstimate.longitudeDeg.toFixed(1)} E`,
    `burnout declared ${seconds(burnout.burnoutDecidedUs!)} s after the launch`,
    `apogee ${track.apogeeKm!.toFixed(0)} km`,
    `impact ${seconds(impactEstimate.atUs)} s after the launch, 95 % within ${(impactEstimate.ellipse95.semiMajorM / 1000).toFixed(1)} km`,
    `a plot from the past: ${late.accepted ? 'accepted' : late.reason}`,
  ];
}

if (process.argv[1]?.endsWith('track-a-launch.ts')) console.log(trackALaunch().join('\n'));
