/** What a person asks of the node's warning office, and what the node answers. */
import type { Mode, Nation, RefusalReason } from '../../../src/node/wire.ts';
import type { SignedIn } from './credential.ts';
import type { CapDocument } from './document.ts';

export type Outcome =
  | { kind: 'signed'; person: string; missing: number }
  | { kind: 'retracted'; person: string }
  | { kind: 'refused'; reason: RefusalReason }
  | { kind: 'failed'; detail: string };

async function ask(nation: Nation, body: object): Promise<Outcome> {
  let answer: {
    type?: string;
    action?: string;
    person?: string;
    missing?: number;
    reason?: string;
    message?: string;
  };
  try {
    const response = await fetch(`/api/nations/${nation}/people`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    answer = (await response.json()) as typeof answer;
  } catch (error) {
    return { kind: 'failed', detail: String(error) };
  }
  if (answer.type === 'personRefused') return { kind: 'refused', reason: answer.reason as RefusalReason };
  const { person, missing } = answer;
  if (answer.type !== 'personAnswer' || typeof person !== 'string' || typeof missing !== 'number')
    return { kind: 'failed', detail: String(answer.message ?? answer.type) };
  return answer.action === 'retract' ? { kind: 'retracted', person } : { kind: 'signed', person, missing };
}

/** Signs all that waits of one launch: the documents as they were read. */
export async function approve(
  person: SignedIn,
  mode: Mode,
  launchId: string,
  documents: readonly CapDocument[],
): Promise<Outcome> {
  const { nation } = person;
  const signatures = await Promise.all(
    documents.map(async ({ identifier, digest }) => ({
      identifier,
      digest,
      ...(await person.sign({ what: 'publish', nation, mode, identifier, digest })),
    })),
  );
  return ask(nation, { action: 'approve', launchId, signatures });
}

export async function retract(person: SignedIn, mode: Mode, chain: string): Promise<Outcome> {
  const { nation } = person;
  const signature = await person.sign({ what: 'retract', nation, mode, chain });
  return ask(nation, { action: 'retract', chain, ...signature });
}
