import { type Static, Type } from 'typebox';

/** The three nations, by trigraph (STANAG 1059 / ISO 3166-1 alpha-3). */
export const NATIONS = ['USA', 'KOR', 'JPN'] as const;
export const Nation = Type.Union([Type.Literal('USA'), Type.Literal('KOR'), Type.Literal('JPN')]);
export type Nation = Static<typeof Nation>;

/** A node of the exchange: one for each nation, and the US hub through which TISA and the mechanism of 2023 pass. */
export const NODE_IDS = ['USA', 'KOR', 'JPN', 'HUB'] as const;
export const NodeId = Type.Union([Nation, Type.Literal('HUB')]);
export type NodeId = Static<typeof NodeId>;

/** The nation that a node belongs to: the hub is run by the United States (US DoD). */
export function nationOf(node: NodeId): Nation {
  return node === 'HUB' ? 'USA' : node;
}

export const LANGUAGES = ['en', 'ko', 'ja'] as const;
export const Language = Type.Union([Type.Literal('en'), Type.Literal('ko'), Type.Literal('ja')]);
export type Language = Static<typeof Language>;

/** One text in the three languages, which are equals. */
export const Trilingual = Type.Object(
  { en: Type.String(), ko: Type.String(), ja: Type.String() },
  { additionalProperties: false },
);
export type Trilingual = Static<typeof Trilingual>;

export const Mode = Type.Union([Type.Literal('exercise'), Type.Literal('live')]);
export type Mode = Static<typeof Mode>;
