/** One nation's picture: own and partners' tracks correlated and fused, divergence between assessments. */
export { type Divergence, divergences } from './divergence.ts';
export { type OwnReport, Picture, type PictureEvent } from './picture.ts';
export { type Assessment, lastObservedUs, type SourceRecord, type SystemTrack } from './system-track.ts';
