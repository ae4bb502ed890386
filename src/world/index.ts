/** The simulated world: vehicles that fly, and what the sites of three nations see of them. Exercises only. */
export { type FlightRequest, fitFlight } from './fit.ts';
export type { Flight } from './flight.ts';
export { type FlyReport, flyReport } from './report.ts';
export { rangeClassOf, type TurningLaunch, twoBodyFlightTimeS } from './twobody.ts';
