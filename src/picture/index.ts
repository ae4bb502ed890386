/** One nation's picture: own and partners' tracks correlated and fused, divergence between assessments. */
export { type Divergence, divergences } from './divergence.ts';
export {
  type Assessment,
  lastObservedUs,
  type OwnReport,
  Picture,
  type PictureEvent,
  type SourceRecord,
  type SystemTrack,
} from './picture.ts';
