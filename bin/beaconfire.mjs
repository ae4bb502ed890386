#!/usr/bin/env node
// The command as it is installed: TypeScript is run from its sources through tsx.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../src/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
