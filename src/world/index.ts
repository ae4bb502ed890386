/** The simulated world: vehicles that fly, and what the sites of three nations see of them. Exercises only. */

export { coverageAtHeight } from './coverage.ts';
export { type FlightRequest, fitFlight } from './fit.ts';
export type { Flight } from './flight.ts';
export { type Observation, type ObservedFlight, type ObservedPlot, observeFlights } from './observe.ts';
export { type FlyReport, flyReport } from './report.ts';
export { type Sight, type Unseen, visible } from './sensing.ts';
export { loadSites } from './sites.ts';
export { rangeClassOf, type TurningLaunch, twoBodyFlightTimeS } from './twobody.ts';
