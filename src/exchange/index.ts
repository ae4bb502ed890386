/** The public face of the exchange. */
export { type Agreement, AgreementFile, type HistoryEvent } from './agreement.ts';
export { AgreementBook } from './book.ts';
export { canonicalJson, sha256 } from './canonical.ts';
export { type Decision, decide } from './decide.ts';
export { type Marking, markOwn, type PeerCounters, type ReceivedItem, type Release } from './delivery.ts';
export type { Envelope, EnvelopeCodec, Payload } from './envelope.ts';
export { Exchange, type ExchangeOptions } from './exchange.ts';
export { type AgreementState, agreementState, type TimelineEvent } from './history.ts';
export { Hub, type HubCounters, type HubOptions } from './hub.ts';
export { fileSink, Journal, type JournalSink, memorySink, readJournal } from './journal.ts';
export { exerciseKeys, KeyRing, Signer } from './keys.ts';
export { checkAgreement, loadAgreements, parseAgreement, parseAgreements, shiftAgreements } from './load.ts';
export { explain, RELEASE_REASONS, type Reason, type ReasonCode } from './reasons.ts';
export { applyReduction } from './reduce.ts';
export { InProcessNetwork, type InProcessOptions, type LinkSpec } from './transport/inprocess.ts';
export type { Gap, LinkState, LinkStatus, Transport } from './transport/transport.ts';
export { ENVELOPE_FAULTS, type EnvelopeFault, openEnvelope } from './verify-envelope.ts';
export { keyFileText, type RunProblem, type RunReport, verifyJournals, verifyRun } from './verify-run.ts';
