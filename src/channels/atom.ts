/** An Atom feed (RFC 4287) of signed alerts, as receivers poll it: each entry holds the alert and where its signature is. */
import { usToIso } from '../earth/time.ts';
import { escapeXml, parseXml } from '../formats/index.ts';
import { BeaconfireError } from '../model/errors.ts';

const ATOM = 'http://www.w3.org/2005/Atom';

export interface FeedItem {
  identifier: string;
  title: string;
  sentUs: number;
  /** Addresses, relative to the feed's own. */
  alert: string;
  signature: string;
}

/** The feed, newest first. `id` is its IRI. */
export function atomFeed(id: string, title: string, items: readonly FeedItem[]): string {
  const sorted = [...items].sort((a, b) => b.sentUs - a.sentUs || (a.identifier < b.identifier ? 1 : -1));
  const entries = sorted.map((item) =>
    [
      '  <entry>',
      `    <id>urn:beaconfire:${escapeXml(item.identifier)}</id>`,
      `    <title>${escapeXml(item.title)}</title>`,
      `    <updated>${usToIso(item.sentUs)}</updated>`,
      `    <link rel="enclosure" type="application/cap+xml" href="${escapeXml(item.alert)}"/>`,
      `    <link rel="describedby" type="application/jose" href="${escapeXml(item.signature)}"/>`,
      '  </entry>',
    ].join('\n'),
  );
  const updated = usToIso(sorted[0]?.sentUs ?? 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<feed xmlns="${ATOM}">`,
    `  <id>${escapeXml(id)}</id>`,
    `  <title>${escapeXml(title)}</title>`,
    `  <updated>${updated}</updated>`,
    `  <author><name>${escapeXml(title)}</name></author>`,
    ...entries,
    '</feed>',
    '',
  ].join('\n');
}

/** The entries of a feed; BF_ALERT if it is not such a feed. */
export function feedEntries(text: string): { alert: string; signature: string }[] {
  const root = parseXml(text);
  if (root.name !== 'feed' || root.space !== ATOM)
    throw new BeaconfireError('BF_ALERT', `expected an Atom feed, found <${root.name}>`);
  return root.children
    .filter((e) => e.name === 'entry' && e.space === ATOM)
    .map((entry) => {
      const link = (rel: string) =>
        entry.children.find((e) => e.name === 'link' && e.attributes.rel === rel)?.attributes.href;
      const [alert, signature] = [link('enclosure'), link('describedby')];
      if (alert === undefined || signature === undefined)
        throw new BeaconfireError(
          'BF_ALERT',
          'expected an alert and its signature in each entry, found none',
          {
            line: entry.line,
          },
        );
      return { alert, signature };
    });
}
