/** The public face of the exchange. */
export { type Agreement, releases } from './agreement.ts';
export { AgreementBook } from './book.ts';
export type { CanaryHealth } from './canary.ts';
export { canonicalJson, sha256 } from './canonical.ts';
export type { CaughtUp } from './catch-up.ts';
export { type Decision, decide } from './decide.ts';
export { type Marking, markOwn, type PeerCounters, type ReceivedItem, type Release } from './delivery.ts';
export { type DurableSink, openDurable } from './durable.ts';
export { Exchange, type ExchangeOptions } from './exchange.ts';
export {
  type AgreementState,
  agreementState,
  inForce,
  RUNTIME_EVENTS,
  type TimelineEvent,
} from './history.ts';
export { Hub, type HubCounters, type HubOptions } from './hub.ts';
export { fileSink, Journal, type JournalRecord, type JournalSink, memorySink } from './journal.ts';
export { exerciseKey, exerciseKeys, KeyRing, publicKeyFrom, rawPublicKey, Signer } from './keys.ts';
export { AgreementLedger, type LedgerDraft, type LedgerEntry } from './ledger.ts';
export {
  agreementTexts,
  checkAgreement,
  loadAgreements,
  loadTerms,
  parseAgreement,
  parseAgreements,
  shiftAgreements,
} from './load.ts';
export { explain, RELEASE_REASONS, type Reason, type ReasonCode } from './reasons.ts';
export type { RecallStatus } from './recall.ts';
export { applyReduction } from './reduce.ts';
export { type Finding, type Review, reviewAgreements } from './review.ts';
export type { Terms } from './terms.ts';
export { InProcessNetwork, type InProcessOptions, type LinkSpec } from './transport/inprocess.ts';
export type { Gap, LinkState, LinkStatus, Transport } from './transport/transport.ts';
export type { RunProblem, RunReport } from './verify-ledger.ts';
export { keyFileText, verifyRun } from './verify-run.ts';
export {
  type WhyAgreementEvent,
  type WhyFilter,
  type WhyGroup,
  type WhyReason,
  type WhyRecall,
  type WhyReport,
  whyReport,
} from './why.ts';
export { Witness, WitnessCircle, WitnessedLog } from './witness.ts';
