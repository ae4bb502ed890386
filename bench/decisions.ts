/**
 * Every release decision that there can be: `decide` against the second, independently written table, and the data of each
 * agreement against its written terms as the policy engine reads them. Takes minutes: nearly each request is asked anew.
 */
import { isoToUs } from '../src/earth/time.ts';
import { decide, loadAgreements, loadTerms, releases } from '../src/exchange/index.ts';
import { lookUp } from '../src/exchange/testing/decision-table.ts';
import {
  DOMAIN_SIZE,
  type DomainRequest,
  everyContent,
  everyParty,
  termsDiffer,
} from '../src/exchange/testing/domain.ts';
import type { BenchContext, BenchRow } from './bench.ts';

const folder = new URL('../agreements', import.meta.url).pathname;
/** With `--quick` one request in so many; a prime, so that each value of everything comes up. */
const QUICK = 997;

export async function* bench({ nowMs, quick, progress }: BenchContext): AsyncGenerator<BenchRow> {
  const agreements = loadAgreements(folder);
  const terms = loadTerms(folder)!;
  const governing = agreements.filter(releases);
  let [seen, compared, ofTable, ofTerms] = [0, 0, 0, 0];
  const tell = (what: string): void => void process.stderr.write(`${what}\n`);
  const one = (r: DomainRequest): void => {
    const got = decide(r.label, r.from, r.to, r.via, agreements, isoToUs(r.day)!);
    const want = lookUp(r.label, r.from, r.to, r.via, r.day);
    const same =
      got.decision === want.decision &&
      got.agreement === want.agreement &&
      got.delayS === want.delayS &&
      got.reductions.join() === want.reductions.join();
    if (!same && ofTable++ < 10) tell(`the tables differ: ${JSON.stringify({ r, got, want })}`);
    for (const agreement of governing) {
      const fault = termsDiffer(terms, agreement, r);
      if (fault && ofTerms++ < 10) tell(`data and terms differ: ${fault}`);
    }
    compared++;
  };
  const start = nowMs();
  for (const sweep of [everyParty(), everyContent()])
    for (const request of sweep) {
      if (seen++ % 5000 === 0) progress(seen / DOMAIN_SIZE);
      if (!quick || seen % QUICK === 0) one(request);
    }
  const seconds = (nowMs() - start) / 1000;
  const row = (name: string, value: number, unit: string, gate: number | null): BenchRow => ({
    name: `decisions: ${name}`,
    value,
    unit,
    better: gate === 0 ? 'lower' : 'higher',
    gate,
    goal: null,
  });
  yield row('requests compared', compared, '', quick ? 1 : DOMAIN_SIZE);
  yield row('that differ from the second table', ofTable, '', 0);
  yield row('where data and written terms differ', ofTerms, '', 0);
  yield row('compared a second', compared / seconds, '1/s', null);
}
