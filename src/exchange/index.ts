/** The public face of the exchange. */
export { type Agreement, AgreementFile, type HistoryEvent } from './agreement.ts';
export { type Decision, decide } from './decide.ts';
export { type AgreementState, agreementState } from './history.ts';
export { checkAgreement, loadAgreements, parseAgreement, parseAgreements, shiftAgreements } from './load.ts';
export { explain, RELEASE_REASONS, type Reason, type ReasonCode } from './reasons.ts';
