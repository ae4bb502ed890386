import { BeaconfireError } from '../../model/errors.ts';
import { NATIONS } from '../../model/nation.ts';
import { conforms } from '../../model/schema.ts';
import { ErrorMessage, RecallList } from '../../node/wire.ts';
import { RecallView } from '../../node/wire-words.ts';
import { type CommandSpec, usage } from '../arguments.ts';

const WAIT_MS = 10_000;

export const recall: CommandSpec = {
  name: 'recall',
  positionals: ['[ITEM]'],
  about:
    "Withdraws an item at its originator's running node (`beaconfire start`): all who hold it drop it and say so.\nWithout ITEM: what could be withdrawn, what was, who has acknowledged and who is late.",
  options: {
    nation: {
      value: 'NATION',
      about: `whose node: ${NATIONS.join(', ')}; only its own items`,
      required: true,
    },
    reason: {
      value: 'TEXT',
      about: 'why, for the journals and for those who hold it here; required with ITEM',
    },
    url: { value: 'URL', about: 'address of the node (default http://127.0.0.1:8484)' },
  },
  async run(call) {
    const nation = call.choice('nation', NATIONS)!;
    const item = call.positionals[0];
    const reason = call.text('reason');
    if (item !== undefined && reason === undefined) throw usage('a recall needs its --reason');
    if (item === undefined && reason !== undefined)
      throw usage('--reason: expected an ITEM to withdraw, found none');
    const base = call.text('url') ?? 'http://127.0.0.1:8484';
    const address = `${base.replace(/\/$/, '')}/api/nations/${nation}/recalls`;
    const answer = await ask(address, item === undefined ? undefined : { item, reason });
    if (conforms(ErrorMessage, answer)) {
      // The node's own words; its code is the catalogue's.
      throw new BeaconfireError('BF_USAGE', answer.message.replace(/ \[BF_[A-Z_]+\]$/, ''));
    }
    if (!(item === undefined ? conforms(RecallList, answer) : conforms(RecallView, answer)))
      throw new BeaconfireError('BF_WIRE', `expected the answer of a node at ${address}, found another`);
    if (call.flag('json')) process.stdout.write(`${JSON.stringify(answer)}\n`);
    else if (item === undefined) process.stdout.write(listText(answer as RecallList));
    else process.stdout.write(recallText(answer as RecallView));
    return 0;
  },
};

async function ask(address: string, body?: object): Promise<unknown> {
  try {
    const response = await fetch(address, {
      signal: AbortSignal.timeout(WAIT_MS),
      ...(body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return await response.json();
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new BeaconfireError(
      'BF_USAGE',
      `expected a node at ${address} (\`beaconfire start\` runs one), found: ${what}`,
      {},
      { cause },
    );
  }
}

function listText({ items, recalls }: RecallList): string {
  const own = items.map((i) => `  ${i.item}  revision ${i.revision}, held by ${i.holders.join(', ')}\n`);
  const could =
    own.length > 0 ? `Could be withdrawn\n${own.join('')}` : 'Nothing of this nation is held by others.\n';
  return recalls.length > 0 ? `${could}Withdrawn\n${recalls.map(recallText).join('')}` : could;
}

function recallText({ item, revision, reason, holders }: RecallView): string {
  const who = holders.map(
    (h) => `${h.nation} ${h.acknowledgedUs === null ? (h.late ? 'LATE' : 'not yet') : 'acknowledged'}`,
  );
  return `  ${item}  revision ${revision} withdraws it: ${reason}; ${who.join(', ') || 'nobody held it'}\n`;
}
