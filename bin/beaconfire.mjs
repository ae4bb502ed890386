#!/usr/bin/env node
// The command as it is installed: from its bundle if that is fresh, else from its TypeScript sources through tsx.
import { pathToFileURL } from 'node:url';
import { freshBundle } from '../scripts/build-node.mjs';

const bundle = freshBundle();
if (!bundle) (await import('tsx/esm/api')).register();
const { main } = await import(bundle ? pathToFileURL(bundle).href : '../src/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
