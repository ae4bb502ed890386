/** Other people's formats, and the words that mark an exercise in all of them. */
export * from './cap.ts';
export * from './cap-read.ts';
export { CAP_LIMITS, type ReadCap, type ReadCapArea, type ReadCapInfo } from './cap-schema.ts';
export * from './marking.ts';
export * from './xml.ts';
