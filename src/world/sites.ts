import { BeaconfireError } from '../model/errors.ts';
import { parseYaml } from '../model/schema.ts';
import { type SensorSite, SensorSiteFile } from '../model/sensor.ts';

/**
 * The sites of one `sites/*.yaml` text; `file` names it in errors. Checked beyond the schema: what each kind of sensor
 * needs. `full` keeps what goes beyond constant detection, pure noise and a fixed delay and place.
 */
export function loadSites(text: string, file: string, sensing: 'plain' | 'full' = 'plain'): SensorSite[] {
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
    if (site.kind === 'infrared') {
      for (const name of ['rangeEquation', 'searchRevisitS', 'motion'] as const)
        if (site[name] !== undefined) fail(name, 'nothing for an infrared sensor', 'a value');
    } else if (site.orbit) fail('orbit', 'nothing for a radar', 'a value');
    if (site.late && site.late.maxS < site.late.minS)
      fail('late.maxS', 'at least late.minS', String(site.late.maxS));
    const modelled = [
      site.rangeEquation,
      site.searchRevisitS,
      site.biasSigma,
      site.bias,
      site.motion,
      site.orbit,
      site.late,
    ];
    if (modelled.some((m) => m !== undefined) && !site.basis.model)
      fail('basis.model', 'the basis of its values', 'nothing');
    if ((site.boresightDeg === undefined) !== (site.sectorHalfWidthDeg === undefined)) {
      fail('boresightDeg', 'boresight and half-width both, or neither for all round', 'one of them');
    }
  });
  return sensing === 'full' ? sites : sites.map(plainSite);
}

function plainSite(site: SensorSite): SensorSite {
  const {
    rangeEquation: _detection,
    searchRevisitS: _search,
    biasSigma: _drawn,
    bias: _given,
    motion: _motion,
    orbit: _orbit,
    late: _late,
    ...plain
  } = site;
  return plain;
}
