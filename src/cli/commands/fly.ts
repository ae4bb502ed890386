import { RangeClass } from '../../model/track.ts';
import { fitFlight, flyReport } from '../../world/index.ts';
import { type Call, type CommandSpec, usage } from '../arguments.ts';

const CLASSES = RangeClass.anyOf.map((c) => c.const);

function place(call: Call): [number, number] {
  const parts = call.text('site')!.split(',');
  const [latitudeDeg, longitudeDeg] = parts.map((p) => (p.trim() === '' ? Number.NaN : Number(p)));
  if (parts.length !== 2 || !(Math.abs(latitudeDeg) <= 90) || !(Math.abs(longitudeDeg) <= 360)) {
    throw usage(`--site: expected LAT,LON in degrees, found ${JSON.stringify(call.text('site'))}`);
  }
  return [
    latitudeDeg,
    longitudeDeg > 180 ? longitudeDeg - 360 : longitudeDeg < -180 ? longitudeDeg + 360 : longitudeDeg,
  ];
}

export const fly: CommandSpec = {
  name: 'fly',
  positionals: [],
  about:
    "One flight fitted to a published apogee and range, on the rotating Earth, with its class's generic boost and drag.\nA point mass for exercises: it says how long a flight takes, never how to make one.",
  options: {
    site: { value: 'LAT,LON', about: 'where it is launched, degrees', required: true },
    bearing: { value: 'DEG', about: 'from the launch to the impact, from true north', required: true },
    'apogee-km': { value: 'X', about: 'greatest height', required: true },
    'range-km': { value: 'Y', about: 'from launch to impact along the ground', required: true },
    class: { value: CLASSES.join('|'), about: 'whose boost is used (default: by the energy of the flight)' },
  },
  async run(call) {
    const [latitudeDeg, longitudeDeg] = place(call);
    const flight = fitFlight({
      latitudeDeg,
      longitudeDeg,
      bearingDeg: call.number('bearing', -360, 360)!,
      apogeeKm: call.number('apogee-km', 0, 100000)!,
      rangeKm: call.number('range-km', 0, 40000)!,
      ...(call.text('class') === undefined ? {} : { rangeClass: call.choice('class', CLASSES)! }),
    });
    const r = flyReport(flight);
    if (call.flag('json')) process.stdout.write(`${JSON.stringify(r)}\n`);
    else {
      process.stdout.write(
        `flight time     ${r.flightTimeS.toFixed(1)} s (${(r.flightTimeS / 60).toFixed(1)} min); two-body floor ${r.twoBodyFlightTimeS.toFixed(1)} s\n` +
          `boost           ${r.burnTimeS.toFixed(1)} s, to ${r.burnoutSpeedMps.toFixed(0)} m/s (generic boost of class ${r.rangeClass})\n` +
          `apogee          ${r.apogeeKm.toFixed(1)} km at +${r.apogeeTimeS.toFixed(0)} s\n` +
          `range           ${r.rangeKm.toFixed(1)} km\n` +
          `impact          ${r.impact.latitudeDeg.toFixed(4)}, ${r.impact.longitudeDeg.toFixed(4)}\n`,
      );
    }
    return 0;
  },
};
