/** Writes what the default exercise prints into README.md, between its marks. A test holds the two equal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

register();
const { recordRun } = await import('../src/exercise/record.ts');
const { prepareRun } = await import('../src/exercise/run.ts');
const { readable } = await import('../src/cli/commands/run.ts');

const path = fileURLToPath(new URL('../README.md', import.meta.url));
const options = prepareRun({ scenario: '2022-10-04-over-japan' });
const text = readable(recordRun(options).summary, options.scenario.title.en).trimEnd();
const readme = readFileSync(path, 'utf8');
const marked = /(<!-- run:start -->\n)[\s\S]*?(<!-- run:end -->)/;
if (!marked.test(readme)) throw new Error('README.md has no marks for the run');
writeFileSync(
  path,
  readme.replace(marked, (_, a, b) => `${a}\`\`\`\n${text}\n\`\`\`\n${b}`),
);
