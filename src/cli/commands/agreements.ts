import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isoToUs, usToIso } from '../../earth/time.ts';
import {
  type Agreement,
  agreementState,
  agreementTexts,
  type Finding,
  loadAgreements,
  releases,
  reviewAgreements,
} from '../../exchange/index.ts';
import { PROJECT_ROOT, readText } from '../../exercise/scenario.ts';
import { type Call, type CommandSpec, usage } from '../arguments.ts';
import { table } from '../output.ts';

export const agreements: CommandSpec = {
  name: 'agreements',
  positionals: ['list|check', '[PATH]'],
  about:
    "list: the agreements of a file or folder (default: the project's) and how they stand. check: what is wrong, ambiguous\nor assumed in a file or folder that a person wrote. Exit status 1 if anything is wrong; what is ambiguous is told only.",
  options: {
    at: { value: 'DATE', about: 'as of this day (default: now)' },
    strict: { about: 'with check: exit status 1 also where something is ambiguous' },
  },
  async run(call) {
    const at = call.text('at');
    const nowUs = at === undefined ? Date.now() * 1000 : isoToUs(at);
    if (nowUs === undefined)
      throw usage(`--at: expected a date such as 2020-01-01, found ${JSON.stringify(at)}`);
    const [action, path] = call.positionals;
    if (action === 'list') return list(call, path ?? join(PROJECT_ROOT, 'agreements'), nowUs);
    if (action !== 'check')
      throw usage(`agreements: expected list or check, found ${JSON.stringify(action)}`);
    if (path === undefined) throw usage('agreements check: expected PATH; see beaconfire agreements --help');
    return check(call, path, nowUs);
  },
};

function list(call: Call, path: string, nowUs: number): number {
  const found = loadAgreements(path);
  if (call.flag('json')) {
    const rows = found.map((a) => ({
      ...summary(a, nowUs),
      title: a.title,
      history: a.history,
      assumptions: a.assumptions,
    }));
    process.stdout.write(`${JSON.stringify({ at: usToIso(nowUs), agreements: rows })}\n`);
    return 0;
  }
  const rows = found.map((a) => {
    const s = summary(a, nowUs);
    return [
      s.id,
      s.state,
      s.parties.join(' '),
      s.route,
      s.threats,
      s.ceiling,
      releases(a) ? `${s.handlingDelayS} s` : 'protects only',
    ];
  });
  process.stdout.write(
    `As of ${usToIso(nowUs).slice(0, 10)}\n${table(['agreement', 'state', 'parties', 'route', 'threats', 'up to', 'handling'], rows)}`,
  );
  return 0;
}

function summary(a: Agreement, nowUs: number) {
  const list = (v: 'any' | readonly string[]): string => (v === 'any' ? v : v.join(' '));
  return {
    id: a.id,
    purpose: a.purpose ?? 'release',
    state: agreementState(a, nowUs),
    parties: a.parties,
    route: a.route === 'hub' ? `hub ${a.hub}` : a.route,
    threats: list(a.threats),
    kinds: list(a.kinds),
    elements: list(a.elements),
    ceiling: a.level.ceiling,
    approval: a.approval,
    onwardRelease: a.onwardRelease,
    handlingDelayS: a.handlingDelayS,
  };
}

/** The `.cedar` file of the same name, if there is one. */
function termsBeside(file: string): { file: string; text: string } | undefined {
  const path = file.replace(/\.ya?ml$/, '.cedar');
  return path !== file && existsSync(path) ? { file: path, text: readText(path) } : undefined;
}

function check(call: Call, path: string, nowUs: number): number {
  const { agreements: read, findings } = reviewAgreements(agreementTexts(path), nowUs, termsBeside);
  const count = (kind: Finding['kind']): number => findings.filter((f) => f.kind === kind).length;
  const ok = count('wrong') === 0 && !(call.flag('strict') && count('ambiguous') > 0);
  if (call.flag('json')) {
    process.stdout.write(`${JSON.stringify({ ok, agreements: read.map((a) => a.id), findings })}\n`);
    return ok ? 0 : 1;
  }
  for (const kind of ['wrong', 'ambiguous', 'assumed'] as const) {
    const found = findings.filter((f) => f.kind === kind);
    if (found.length === 0) continue;
    process.stdout.write(
      `${{ wrong: 'WRONG', ambiguous: 'Ambiguous', assumed: 'Assumed (not public)' }[kind]}\n`,
    );
    for (const f of found) process.stdout.write(`  ${basename(f.file)}: ${f.field}: ${f.text}\n`);
  }
  process.stdout.write(
    `${read.length} agreement${read.length === 1 ? '' : 's'} read: ${count('wrong')} wrong, ${count('ambiguous')} ambiguous, ${count('assumed')} assumed\n`,
  );
  return ok ? 0 : 1;
}
