/** One process for all test files: the compiler starts once, not once a file. Called by test.mjs. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
