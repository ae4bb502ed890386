/** One process for all test files: the compiler starts once, not once a file. Called by test.mjs. */
import { resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) {
  try {
    await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    // A file that cannot be read would else only be fewer tests.
    test(`${file} can be read`, () => {
      throw error;
    });
  }
}
