/** The simulated world: vehicles that fly, and what the sites of three nations see of them. Exercises only. */

export { type AscentRequest, ascend } from './ascent.ts';
export { coverageAtHeight } from './coverage.ts';
export { type FlightRequest, fitFlight } from './fit.ts';
export type { Flight, Motion } from './flight.ts';
export {
  type Observation,
  type ObservedFlight,
  type ObservedPlot,
  type Outage,
  observeFlights,
  type SensorBias,
  sensorBias,
} from './observe.ts';
export { platform } from './platform.ts';
export { type FlyReport, flyReport } from './report.ts';
export { type Salvo, type SalvoLaunch, salvo } from './salvo.ts';
export { type Sight, type Unseen, visible } from './sensing.ts';
export { fitShaped, type ShapedRequest } from './shaped.ts';
export { loadSites } from './sites.ts';
export { type FlightSpec, type FlyingBody, flyLaunch } from './spec.ts';
export { type AirTraffic, airTraffic } from './traffic.ts';
export { rangeClassOf, type TurningLaunch, twoBodyFlightTimeS } from './twobody.ts';
