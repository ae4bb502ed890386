/**
 * The one catalogue of errors. A code never changes its meaning and is never used again for another;
 * docs/errors.md documents each, and a test holds the two equal.
 */
export const ERROR_CATALOGUE = {
  BF_USAGE: 'The command line is not understood.',
  BF_FILE: 'A file or folder cannot be read or written.',
  BF_SYNTAX: 'A file is not well-formed YAML or JSON.',
  BF_FIELD: 'A field is missing, unknown or has an impossible value.',
  BF_SCENARIO_UNKNOWN: 'No scenario of this name exists.',
  BF_NO_FLIGHT: 'No ballistic flight fits the apogee and range asked for.',
  BF_AGREEMENT: 'An agreement contradicts itself.',
  BF_PORT_TAKEN: 'The port is in use by another program.',
  BF_ENVELOPE: 'An envelope is malformed, unsigned, altered, of the wrong mode or from an unknown key.',
  BF_KEY_MODE: 'A key of one mode was asked to sign or publish in another.',
  BF_JOURNAL: 'A journal is damaged or does not verify.',
  BF_WARNING: 'A warning contradicts itself or lacks a part that the public needs.',
  BF_ALERT: 'An alert document is malformed, hostile or contradictory.',
  BF_APPROVAL: 'A public warning lacks the people or the rule that must stand behind it.',
  BF_WIRE: 'A message to a node is not of a known form.',
  BF_INTERNAL: 'Beaconfire failed; this is a fault of the program.',
} as const;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Where an error lies: a file, a line and a field, as far as known. */
export interface ErrorPlace {
  file?: string;
  line?: number;
  field?: string;
}

/** One failure, told in one line: where, what was expected, what came. Exit status 2 unless `status` says otherwise. */
export class BeaconfireError extends Error {
  override readonly name = 'BeaconfireError';
  readonly code: ErrorCode;
  readonly place: ErrorPlace;
  readonly status: number;

  constructor(
    code: ErrorCode,
    detail: string,
    place: ErrorPlace = {},
    options: { cause?: unknown; status?: number } = {},
  ) {
    super(`${placeText(place)}${detail} [${code}]`, { cause: options.cause });
    this.code = code;
    this.place = place;
    this.status = options.status ?? 2;
  }
}

function placeText(place: ErrorPlace): string {
  const at = [place.file, place.line].filter((v) => v !== undefined).join(':');
  const parts = [at, place.field].filter((v) => v !== undefined && v !== '');
  return parts.length > 0 ? `${parts.join(': ')}: ` : '';
}
