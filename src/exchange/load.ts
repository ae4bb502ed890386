/** Agreements from text and from files: parsed, checked field by field, then checked for contradictions. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import { parseYaml, show } from '../model/schema.ts';
import {
  type Agreement,
  AgreementFile,
  FACT_FIELDS,
  type HistoryEvent,
  OPTIONAL_FACT,
  releases,
} from './agreement.ts';
import { type TimelineEvent, walkHistory } from './history.ts';
import { CedarTerms } from './terms.ts';

export interface AgreementFault {
  field: string;
  text: string;
}

/** One event of a history resolved to times; faults where a day does not exist or does not fit. */
function resolveEvent(e: HistoryEvent, field: string, faults: AgreementFault[]): TimelineEvent {
  const timeUs = isoToUs(e.date);
  if (timeUs === undefined)
    faults.push({
      field: `${field}.date`,
      text: `expected a day or an ISO 8601 time, found ${show(e.date)}`,
    });
  const event: TimelineEvent = { timeUs: timeUs ?? 0, event: e.event };
  if (e.lapsesOn === undefined) {
    if (e.event === 'noticeGiven')
      faults.push({
        field: `${field}.lapsesOn`,
        text: 'expected the day that the notice takes effect, found nothing',
      });
    return event;
  }
  if (e.event !== 'noticeGiven')
    faults.push({
      field: `${field}.lapsesOn`,
      text: `expected nothing at ${e.event}, found ${show(e.lapsesOn)}`,
    });
  const lapsesUs = isoToUs(e.lapsesOn);
  if (lapsesUs === undefined || (timeUs !== undefined && lapsesUs <= timeUs)) {
    faults.push({
      field: `${field}.lapsesOn`,
      text: `expected a day after ${e.date}, found ${show(e.lapsesOn)}`,
    });
  } else event.lapsesUs = lapsesUs;
  return event;
}

/** Every contradiction of an agreement that is right in form, in the order of its fields. */
export function agreementFaults(a: AgreementFile): AgreementFault[] {
  const faults: AgreementFault[] = [];
  const say = (field: string, text: string): void => void faults.push({ field, text });
  if (a.route === 'hub' && a.hub === undefined)
    say('hub', 'expected the nation that passes on, found nothing');
  if (a.route === 'direct' && a.hub !== undefined)
    say('hub', `expected nothing on a direct route, found ${a.hub}`);
  if (a.hub !== undefined && !a.parties.includes(a.hub))
    say('hub', `expected one of the parties ${a.parties.join(', ')}, found ${a.hub}`);
  if (a.onwardRelease === 'standingViaHub' && a.route !== 'hub') {
    say('onwardRelease', `expected originatorConsent on a direct route, found ${a.onwardRelease}`);
  }
  a.level.equivalents.forEach((row, i) => {
    const stranger = (['USA', 'KOR', 'JPN'] as const).find(
      (n) => row[n] !== undefined && !a.parties.includes(n),
    );
    if (stranger)
      say(
        `level.equivalents[${i}].${stranger}`,
        `expected markings of the parties only, found those of ${stranger}`,
      );
    if (a.level.equivalents.findIndex((r) => r.level === row.level) !== i)
      say(`level.equivalents[${i}].level`, `expected each level once, found ${row.level} again`);
  });
  a.history.forEach((e, i) => {
    const stranger = e.by?.find((n) => !a.parties.includes(n));
    if (stranger) say(`history[${i}].by`, `expected parties only, found ${stranger}`);
  });
  const timeline = a.history.map((e, i) => resolveEvent(e, `history[${i}]`, faults));
  if (!faults.some((f) => f.field.startsWith('history'))) {
    for (const f of walkHistory(timeline).faults) say(`history[${f.index}]`, f.text);
  }
  for (const field of Object.keys(a.sources)) {
    if (!(FACT_FIELDS as readonly string[]).includes(field) && field !== OPTIONAL_FACT)
      say(`sources.${field}`, `expected one of ${FACT_FIELDS.join(', ')}, found ${show(field)}`);
  }
  const stated =
    a.sources[OPTIONAL_FACT] !== undefined || a.assumptions.some((s) => s.field === OPTIONAL_FACT);
  if (stated && !a.reduce)
    say(OPTIONAL_FACT, 'expected what is to be made coarser, found only where it is said');
  if (a.reduce && !releases(a)) say(OPTIONAL_FACT, 'expected nothing in an agreement that releases nothing');
  for (const field of [...FACT_FIELDS, ...(a.reduce ? [OPTIONAL_FACT] : [])]) {
    if (a.sources[field] === undefined && !a.assumptions.some((s) => s.field === field)) {
      say(
        `sources.${field}`,
        'expected a source, or an assumption that says why there is none, found neither',
      );
    }
  }
  return faults;
}

/** The agreement with its history resolved; throws BF_AGREEMENT at the first contradiction. */
export function checkAgreement(a: AgreementFile, file?: string): Agreement {
  const fault = agreementFaults(a)[0];
  if (fault) throw new BeaconfireError('BF_AGREEMENT', fault.text, { file, field: fault.field });
  const timeline = a.history.map((e, i) => resolveEvent(e, `history[${i}]`, []));
  return { ...a, timeline, periods: walkHistory(timeline).periods };
}

/** One agreement from YAML text: BF_SYNTAX or BF_FIELD with the line, or BF_AGREEMENT with the field. */
export function parseAgreement(text: string, file: string): Agreement {
  return checkAgreement(parseYaml(AgreementFile, text, file) as AgreementFile, file);
}

/** A set of agreements from texts, in order of their ids. The same id twice, or no agreement at all, is an error. */
export function parseAgreements(texts: readonly { file: string; text: string }[]): Agreement[] {
  const files = new Map<string, string>();
  const out: Agreement[] = [];
  for (const { file, text } of texts) {
    const agreement = parseAgreement(text, file);
    const other = files.get(agreement.id);
    if (other !== undefined) {
      throw new BeaconfireError(
        'BF_AGREEMENT',
        `expected an id of its own, found ${show(agreement.id)} of ${other}`,
        { file, field: 'id' },
      );
    }
    files.set(agreement.id, file);
    out.push(agreement);
  }
  return out.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A file, or all `.yaml` files of a folder, as texts. BF_FILE if there is none. */
export function agreementTexts(path: string): { file: string; text: string }[] {
  try {
    const files = statSync(path).isDirectory()
      ? readdirSync(path)
          .filter((f) => /\.ya?ml$/.test(f))
          .sort()
          .map((f) => join(path, f))
      : [path];
    if (files.length === 0)
      throw new BeaconfireError('BF_FILE', 'expected agreements (*.yaml) in the folder, found none', {
        file: path,
      });
    return files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  } catch (cause) {
    if (cause instanceof BeaconfireError) throw cause;
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new BeaconfireError(
      'BF_FILE',
      `expected a file or folder of agreements, found: ${what}`,
      { file: path },
      { cause },
    );
  }
}

/** The written terms beside the files of agreements; undefined where there are none. */
export function loadTerms(path: string): CedarTerms | undefined {
  const files = agreementTexts(path).map(({ file, text }) => ({ id: parseAgreement(text, file).id, file }));
  return CedarTerms.beside(files);
}

/** The agreements of a file, or of all `.yaml` files of a folder. */
export function loadAgreements(path: string): Agreement[] {
  return parseAgreements(agreementTexts(path));
}

/**
 * The same agreements with their history moved in time: an exercise whose clock starts at S, under the
 * agreements as they stood on day D, moves them by S - D. Later events of the history keep their distance.
 */
export function shiftAgreements(agreements: readonly Agreement[], byUs: number): Agreement[] {
  return agreements.map((a) => {
    const timeline = a.timeline.map((e) =>
      e.lapsesUs === undefined
        ? { ...e, timeUs: e.timeUs + byUs }
        : { ...e, timeUs: e.timeUs + byUs, lapsesUs: e.lapsesUs + byUs },
    );
    return { ...a, timeline, periods: walkHistory(timeline).periods };
  });
}
