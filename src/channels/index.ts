/** How public warnings leave: approval, signatures, channels with receipts, and the receiver at the other end. */
export { atomFeed, type FeedItem } from './atom.ts';
export { type Channel, CONTENT, type Outcome, type PublicMessage, type Rendered } from './channel.ts';
export {
  AlertKeyRecord,
  AlertKeyRing,
  AlertSigner,
  exerciseAlertSigner,
} from './jws.ts';
export { LocalAuthorities, localSigners } from './local.ts';
export { type ExerciseOffice, exerciseOffice, exercisePublisher } from './office.ts';
export {
  type Approval,
  type Authorisation,
  Credential,
  exercisePerson,
  type PersonRecord,
  Roster,
  ruleSubject,
  type SignedRule,
  type StandingRule,
  type Subject,
} from './people.ts';
export {
  type Alarm,
  type AlarmKind,
  APPROVAL_LIMIT_US,
  type Delivery,
  LOCAL_LIMIT_US,
  Publisher,
  type PublisherOptions,
  RECEIPT_LIMIT_US,
  rulesDigest,
  type Said,
} from './publisher.ts';
export {
  type Conflict,
  type Held,
  type Incoming,
  type Receipt,
  ReferenceReceiver,
  sentTimeUs,
} from './receiver.ts';
export { relayAlert } from './relay.ts';
export { SimulatedChannel } from './simulated.ts';
export {
  CELL_BROADCAST_LIMIT,
  readText,
  renderText,
  SIREN,
  sirenFor,
  sirenPitch,
  type TextMessage,
} from './text.ts';
export { watchOutput } from './watch.ts';
