/**
 * For the test of crashes: writes a journal as fast as it can and says, after each sync, which record is safe. Its
 * parent kills it at any instant. Arguments: the file; `finish` to go on with it, close it and end.
 */
import { NODE_IDS } from '../../model/nation.ts';
import { openDurable } from '../durable.ts';
import { Journal } from '../journal.ts';
import { eachLine } from '../journal-lines.ts';
import { exerciseKeys } from '../keys.ts';

const [path, finish] = process.argv.slice(2);
const { signers, ring } = exerciseKeys(7, NODE_IDS);
const { sink, source, torn } = openDurable(path);
let timeUs = 0;
eachLine(source, (line) => {
  timeUs = (JSON.parse(line) as { timeUs: number }).timeUs;
});
const clock = { nowUs: () => ++timeUs };
const journal = Journal.resume({ clock, sink, signer: signers.get('KOR')!, ring, source, torn });
if (finish) journal.close();
for (let batch = 1; !finish; batch++) {
  for (let i = 0; i < 1 + ((batch * 7) % 50); i++)
    journal.write('plot', { batch, i, text: 'x'.repeat((i * 37) % 400) });
  sink.sync();
  process.stdout.write(`${JSON.stringify(journal.head)}\n`);
}
