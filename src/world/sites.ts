import { BeaconfireError } from '../model/errors.ts';
import { parseYaml } from '../model/schema.ts';
import { type SensorSite, SensorSiteFile } from '../model/sensor.ts';

/** The sites of one `sites/*.yaml` text; `file` names it in errors. Checked beyond the schema: what each kind of sensor needs. */
export function loadSites(text: string, file: string): SensorSite[] {
  const { sites } = parseYaml(SensorSiteFile, text, file);
  const seen = new Set<string>();
  sites.forEach((site, i) => {
    const fail = (field: string, expected: string, found: string) => {
      throw new BeaconfireError('BF_FIELD', `expected ${expected}, found ${found}`, {
        file,
        field: `sites[${i}].${field}`,
      });
    };
    if (seen.has(site.id)) fail('id', 'an id of its own', JSON.stringify(site.id));
    seen.add(site.id);
    const needed =
      site.kind === 'radar' ? (['rangeM', 'azimuthDeg', 'elevationDeg'] as const) : (['angleDeg'] as const);
    for (const name of needed)
      if (site.sigma[name] === undefined) fail(`sigma.${name}`, 'a value', 'nothing');
    if (site.kind === 'radar' && site.maxRangeKm === undefined) fail('maxRangeKm', 'a value', 'nothing');
    if ((site.boresightDeg === undefined) !== (site.sectorHalfWidthDeg === undefined)) {
      fail('boresightDeg', 'boresight and half-width both, or neither for all round', 'one of them');
    }
  });
  return sites;
}
