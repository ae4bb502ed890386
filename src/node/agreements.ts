/** The agreements as the people of a node see them: what stands now, and what happened to it during the run. */
import { type Agreement, agreementState, releases } from '../exchange/index.ts';
import type { AgreementView } from './wire.ts';

export type AgreementChange = NonNullable<AgreementView['change']>;

/** `changes` by agreement: the latest of this run. */
export function agreementViews(
  agreements: readonly Agreement[],
  nowUs: number,
  changes: ReadonlyMap<string, AgreementChange> = new Map(),
): AgreementView[] {
  return agreements.map((a) => {
    const change = changes.get(a.id);
    return {
      id: a.id,
      title: a.title,
      state: agreementState(a, nowUs),
      route: a.route === 'hub' ? `hub ${a.hub ?? ''}`.trim() : a.route,
      parties: [...a.parties],
      delayS: a.handlingDelayS,
      ...(releases(a) ? {} : { protectionOnly: true }),
      ...(change ? { change } : {}),
    };
  });
}
