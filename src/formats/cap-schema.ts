/** What CAP 1.2 holds and in what order (OASIS CAP-v1.2.xsd), as the strict reader uses it, and what it makes of it. */
import type { CapPair, CapPoint } from './cap.ts';

export const CAP_LIMITS = {
  pointsPerRing: 2000,
  points: 30_000,
  areas: 1000,
  infos: 12,
  nameLength: 400,
} as const;

export interface ReadCapArea {
  areaDesc: string;
  polygons: CapPoint[][];
  circles: { latitudeDeg: number; longitudeDeg: number; radiusKm: number }[];
  geocodes: CapPair[];
}

export interface ReadCapInfo {
  /** As written; `en-US` where left out. */
  language: string;
  event: string;
  responseTypes: string[];
  urgency: string;
  severity: string;
  certainty: string;
  eventCodes: CapPair[];
  effectiveUs?: number;
  onsetUs?: number;
  expiresUs?: number;
  senderName: string;
  headline: string;
  description: string;
  instruction: string;
  parameters: CapPair[];
  areas: ReadCapArea[];
}

export interface ReadCap {
  identifier: string;
  sender: string;
  sentUs: number;
  /** As written: what references to it hold. */
  sent: string;
  status: 'Actual' | 'Exercise' | 'System' | 'Test' | 'Draft';
  msgType: 'Alert' | 'Update' | 'Cancel' | 'Ack' | 'Error';
  scope: 'Public' | 'Restricted' | 'Private';
  source: string;
  note: string;
  codes: string[];
  references: { sender: string; identifier: string; sent: string }[];
  incidents: string[];
  infos: ReadCapInfo[];
}

/** Children in the order of the schema; `one`: exactly one, `maybe`: none or one, `many`: any number. */
export const ALERT = {
  identifier: 'one',
  sender: 'one',
  sent: 'one',
  status: 'one',
  msgType: 'one',
  source: 'maybe',
  scope: 'one',
  restriction: 'maybe',
  addresses: 'maybe',
  code: 'many',
  note: 'maybe',
  references: 'maybe',
  incidents: 'maybe',
  info: 'many',
} as const;
export const INFO = {
  language: 'maybe',
  category: 'some',
  event: 'one',
  responseType: 'many',
  urgency: 'one',
  severity: 'one',
  certainty: 'one',
  audience: 'maybe',
  eventCode: 'many',
  effective: 'maybe',
  onset: 'maybe',
  expires: 'maybe',
  senderName: 'maybe',
  headline: 'maybe',
  description: 'maybe',
  instruction: 'maybe',
  web: 'maybe',
  contact: 'maybe',
  parameter: 'many',
  resource: 'many',
  area: 'many',
} as const;
export const AREA = {
  areaDesc: 'one',
  polygon: 'many',
  circle: 'many',
  geocode: 'many',
  altitude: 'maybe',
  ceiling: 'maybe',
} as const;
export const PAIR = { valueName: 'one', value: 'one' } as const;

export const STATUS = ['Actual', 'Exercise', 'System', 'Test', 'Draft'] as const;
export const MSG_TYPE = ['Alert', 'Update', 'Cancel', 'Ack', 'Error'] as const;
export const SCOPE = ['Public', 'Restricted', 'Private'] as const;
export const CATEGORY = [
  'Geo',
  'Met',
  'Safety',
  'Security',
  'Rescue',
  'Fire',
  'Health',
  'Env',
  'Transport',
  'Infra',
  'CBRNE',
  'Other',
] as const;
export const RESPONSE = [
  'Shelter',
  'Evacuate',
  'Prepare',
  'Execute',
  'Avoid',
  'Monitor',
  'Assess',
  'AllClear',
  'None',
] as const;
export const URGENCY = ['Immediate', 'Expected', 'Future', 'Past', 'Unknown'] as const;
export const SEVERITY = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'] as const;
export const CERTAINTY = ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown'] as const;
