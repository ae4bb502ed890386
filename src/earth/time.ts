/** Time is an integer count of microseconds since 1970-01-01T00:00:00 UTC inside, ISO 8601 at the edges. */

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** ISO 8601 to microseconds UTC; a bare date is midnight UTC. Undefined if it is no such time. */
export function isoToUs(text: string): number | undefined {
  const m = ISO.exec(text);
  if (!m) return undefined;
  const [year, month, day, hour, minute, second] = m.slice(1, 7).map((v) => Number(v ?? 0)) as number[];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  if (new Date(ms).getUTCDate() !== day && hour < 24) return undefined;
  let us = ms * 1000 + Number((m[7] ?? '').padEnd(6, '0').slice(0, 6) || 0);
  const zone = m[8];
  if (zone && zone !== 'Z') {
    const sign = zone[0] === '-' ? 1 : -1;
    us += sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60e6;
  }
  return us;
}

/** Microseconds UTC to ISO 8601 with six decimals and Z. */
export function usToIso(us: number): string {
  const ms = Math.floor(us / 1000);
  const rest = us - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}
