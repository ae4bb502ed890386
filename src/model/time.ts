/** ISO 8601 and integer microseconds UTC, for the folders that build on the model alone. */
export { isoToUs, usToIso } from '../earth/time.ts';
