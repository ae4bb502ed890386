/**
 * The one source of chance: a seeded generator that is passed in, never reached for.
 * mulberry32 (T. Ettinger, public domain) is small, portable and the same in any language with 32-bit
 * arithmetic, so a scenario and a seed give the same numbers everywhere.
 */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal, by Box-Muller pairs: cosine first, then sine. */
  normal(): number;
  /** Poisson with the given mean (Knuth; meant for means below about 30). */
  poisson(mean: number): number;
  /** An independent generator for a named purpose, so that one consumer's draws never shift another's. */
  fork(name: string): Random;
}

export function seededRandom(seed: number): Random {
  let s = seed >>> 0;
  let spare: number | undefined;
  const uniform = (): number => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    uniform,
    normal() {
      if (spare !== undefined) {
        const v = spare;
        spare = undefined;
        return v;
      }
      const r = Math.sqrt(-2 * Math.log(1 - uniform()));
      const a = 2 * Math.PI * uniform();
      spare = r * Math.sin(a);
      return r * Math.cos(a);
    },
    poisson(mean) {
      const limit = Math.exp(-mean);
      let k = 0;
      for (let p = uniform(); p > limit; p *= uniform()) k++;
      return k;
    },
    fork(name) {
      let h = (seed ^ 0x811c9dc5) >>> 0;
      for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193) >>> 0;
      h ^= h >>> 16;
      h = Math.imul(h, 0x85ebca6b) >>> 0;
      h ^= h >>> 13;
      return seededRandom(h >>> 0);
    },
  };
}
