/** What a run leaves of its public warnings beside the documents: signatures, the keys to check them, and the Atom feed. */
import { atomFeed, CONTENT, type FeedItem } from '../channels/index.ts';
import { canonicalJson } from '../exchange/index.ts';
import type { ExerciseRun } from './run.ts';

export function alertFiles(run: ExerciseRun): Map<string, string> {
  const files = new Map<string, string>();
  const items: FeedItem[] = [];
  for (const [nation, office] of run.offices) {
    for (const { warning, cap } of run.node(nation).warnings.issued) {
      const { identifier, mode, sentUs, headline } = warning;
      // Ed25519 is deterministic: this is the signature that went out.
      files.set(`alerts/${identifier}.jws`, `${office.signer.sign(mode, CONTENT.cap, Buffer.from(cap))}\n`);
      const [alert, signature] = [`${identifier}.xml`, `${identifier}.jws`];
      items.push({ identifier, title: headline.en, sentUs, contentType: CONTENT.cap, alert, signature });
    }
  }
  const keys = [...run.offices.values()].map((o) => canonicalJson(o.signer.record));
  files.set('alerts/keys.json', `[\n${keys.join(',\n')}\n]\n`);
  files.set(
    'alerts/feed.atom',
    atomFeed(`urn:beaconfire:${run.options.scenario.id}`, 'Beaconfire exercise', items),
  );
  return files;
}
