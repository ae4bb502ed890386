/** Where a sensor stands at a time: fixed sites, ships under way, satellites in orbit. */
import { geodesicDirect } from '../earth/geodesic.ts';
import { DEG, ecefToGeodetic, enuRotation, geodeticToEcef } from '../earth/wgs84.ts';
import type { SensorSite } from '../model/sensor.ts';
import { satellite } from './satellite.ts';
import { horizonDistance, type SiteFrame, siteFrame } from './sensing.ts';

/** The frame of a site at a time, integer microseconds UTC; motion and orbits begin at `epochUs`. Asked often, at rising times. */
export function platform(site: SensorSite, epochUs: number): (timeUs: number) => SiteFrame {
  const { orbit, motion } = site;
  if (orbit) {
    const at = satellite(orbit, epochUs);
    return remembered((timeUs) => {
      const position = at(timeUs);
      const g = ecefToGeodetic(...position);
      return {
        position,
        enu: enuRotation(g.latitudeRad, g.longitudeRad),
        horizonM: horizonDistance(g.heightM),
      };
    });
  }
  if (motion) {
    return remembered((timeUs) => {
      const metres = (motion.speedMps * (timeUs - epochUs)) / 1e6;
      const p = geodesicDirect(site.latitudeDeg, site.longitudeDeg, motion.courseDeg, metres);
      const lat = p.latitudeDeg * DEG;
      const lon = p.longitudeDeg * DEG;
      return {
        position: geodeticToEcef(lat, lon, site.heightM),
        enu: enuRotation(lat, lon),
        horizonM: horizonDistance(site.heightM),
      };
    });
  }
  const fixed = siteFrame(site);
  return () => fixed;
}

/** Keeps the last answer: several vehicles are looked at in one scan. */
function remembered(make: (timeUs: number) => SiteFrame): (timeUs: number) => SiteFrame {
  let lastUs = Number.NaN;
  let last: SiteFrame;
  return (timeUs) => {
    if (timeUs !== lastUs) {
      last = make(timeUs);
      lastUs = timeUs;
    }
    return last;
  };
}
