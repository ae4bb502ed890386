/** Public warnings: threatened regions, the life cycle of a warning, its texts and documents. */
export {
  type AreaProbability,
  type GroundTrackPoint,
  impactAreas,
} from './areas.ts';
export { independentSources, type SourceReport } from './corroboration.ts';
export { WarningDesk } from './desk.ts';
export {
  finishWarning,
  retractWarning,
  stepWarning,
  type WarningStep,
} from './lifecycle.ts';
export { passageAreas } from './passage.ts';
export { launchPlaceName } from './places.ts';
export {
  capOf,
  exerciseConfig,
  type IssuedWarning,
  publish,
  referenceOf,
  stampRetraction,
  type WarningConfig,
} from './publication.ts';
export {
  distanceToRegionM,
  neighboursOf,
  REGIONS,
  type Region,
  regionAt,
  regionByCode,
  regionContains,
  regionsOf,
} from './regions.ts';
export { defaultRules, parseWarningRules, WarningRules } from './rules.ts';
export { type AreaLead, areaLeads, crossings } from './score.ts';
export { initialWarningState, type WarningInput, type WarningState } from './state.ts';
export { lintTexts, localTime, makeTexts, SHORT_LIMIT, type TextInput, type WarningTexts } from './texts.ts';
export { CANCEL_WORDING } from './wording.ts';
