// A thread starts from its TypeScript sources, whether or not the command came from a bundle.
import { register } from 'tsx/esm/api';

register();
await import('./accuracy-worker.ts');
