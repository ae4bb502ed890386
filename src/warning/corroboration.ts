/**
 * How many independent sources stand behind a track (W15: noise of one station; W17: five stations agreed, three of
 * them through one faulty path; W10: one radar relayed over two paths counts once).
 */

export interface SourceReport {
  /** `NODE/sensor`, or `NODE/*` where the sensor's identity was withheld. */
  source: string;
  /**
   * The link that the report came over, named by whoever runs it. One name per independent link: an own sensor's
   * own line is its own path.
   */
  path: string;
  /** Where the sensor stands, if known; sensors of one site count once. */
  site?: string;
  lastUs: number;
}

/**
 * The largest number of reports no two of which share sensor, site or path: a matching between sensors (merged by
 * site) and paths. A withheld sensor of a node may be any of the node's, so it adds nothing to a named one.
 */
export function independentSources(reports: readonly SourceReport[], nowUs: number, windowS: number): number {
  const live = reports.filter((r) => nowUs - r.lastUs <= windowS * 1e6);
  const named = new Set(live.filter((r) => !r.source.endsWith('/*')).map((r) => nodeOf(r.source)));
  const pathsOf = new Map<string, Set<string>>();
  for (const r of live) {
    if (r.source.endsWith('/*') && named.has(nodeOf(r.source))) continue;
    const key = r.site === undefined ? `sensor ${r.source}` : `site ${r.site}`;
    const paths = pathsOf.get(key);
    if (paths) paths.add(r.path);
    else pathsOf.set(key, new Set([r.path]));
  }
  // Maximum bipartite matching by augmenting paths (Kuhn).
  const takenBy = new Map<string, string>();
  const place = (sensor: string, tried: Set<string>): boolean => {
    for (const path of pathsOf.get(sensor)!) {
      if (tried.has(path)) continue;
      tried.add(path);
      const holder = takenBy.get(path);
      if (holder === undefined || place(holder, tried)) {
        takenBy.set(path, sensor);
        return true;
      }
    }
    return false;
  };
  let count = 0;
  for (const sensor of pathsOf.keys()) if (place(sensor, new Set())) count++;
  return count;
}

function nodeOf(source: string): string {
  return source.slice(0, source.indexOf('/') < 0 ? undefined : source.indexOf('/'));
}
