/** An Atom feed (RFC 4287) of signed alerts, as receivers poll it: each entry holds the alert and where its signature is. */
import { usToIso } from '../earth/time.ts';
import { escapeXml, parseXml, type XmlElement } from '../formats/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import { CONTENT } from './channel.ts';

const ATOM = 'http://www.w3.org/2005/Atom';

export interface FeedItem {
  identifier: string;
  title: string;
  sentUs: number;
  contentType: string;
  /** Addresses, relative to the feed's own. */
  alert: string;
  signature: string;
}

/** The relation of the link to where receivers post their receipts. */
const RECEIPTS = 'urn:beaconfire:receipts';

/** The feed, newest first. `id` is its IRI, `receipts` the address for receipts, if it takes any. */
export function atomFeed(id: string, title: string, items: readonly FeedItem[], receipts?: string): string {
  const sorted = [...items].sort((a, b) => b.sentUs - a.sentUs || (a.identifier < b.identifier ? 1 : -1));
  const entries = sorted.map((item) =>
    [
      '  <entry>',
      `    <id>urn:beaconfire:${escapeXml(item.identifier)}</id>`,
      `    <title>${escapeXml(item.title)}</title>`,
      `    <updated>${usToIso(item.sentUs)}</updated>`,
      `    <link rel="enclosure" type="${escapeXml(item.contentType)}" href="${escapeXml(item.alert)}"/>`,
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
    ...(receipts === undefined ? [] : [`  <link rel="${RECEIPTS}" href="${escapeXml(receipts)}"/>`]),
    ...entries,
    '</feed>',
    '',
  ].join('\n');
}

export interface FeedEntry {
  identifier: string;
  contentType: string;
  alert: string;
  signature: string;
}

const ID = 'urn:beaconfire:';

/** The entries of a feed, newest first, and where receipts go; BF_ALERT if it is not such a feed. */
export function readFeed(text: string): { entries: FeedEntry[]; receipts?: string } {
  const root = parseXml(text);
  if (root.name !== 'feed' || root.space !== ATOM)
    throw new BeaconfireError('BF_ALERT', `expected an Atom feed, found <${root.name}>`);
  const linkOf = (parent: XmlElement, rel: string) =>
    parent.children.find((e) => e.name === 'link' && e.attributes.rel === rel)?.attributes;
  const entries = root.children
    .filter((e) => e.name === 'entry' && e.space === ATOM)
    .map((entry) => {
      const [alert, signature] = [linkOf(entry, 'enclosure'), linkOf(entry, 'describedby')];
      const id = entry.children.find((e) => e.name === 'id')?.text.trim() ?? '';
      if (alert?.href === undefined || signature?.href === undefined || !id.startsWith(ID))
        throw new BeaconfireError(
          'BF_ALERT',
          'expected a name, an alert and its signature in each entry, found none',
          { line: entry.line },
        );
      return {
        identifier: id.slice(ID.length),
        contentType: alert.type ?? CONTENT.cap,
        alert: alert.href,
        signature: signature.href,
      };
    });
  const receipts = linkOf(root, RECEIPTS)?.href;
  return { entries, ...(receipts === undefined ? {} : { receipts }) };
}
