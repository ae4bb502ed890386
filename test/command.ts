/** Calls the command in this process and catches what it prints; what the test runner prints meanwhile goes its way. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { main } from '../src/cli/main.ts';

interface Caught {
  stdout: string;
  stderr: string;
}

const calls = new AsyncLocalStorage<Caught>();

for (const name of ['stdout', 'stderr'] as const) {
  const stream = process[name];
  const write = stream.write.bind(stream);
  stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
    const call = calls.getStore();
    if (!call) return write(chunk, ...rest);
    call[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    return true;
  }) as typeof stream.write;
}

export async function callCommand(argv: string[]): Promise<Caught & { status: number }> {
  const caught: Caught = { stdout: '', stderr: '' };
  const status = await calls.run(caught, () => main(argv));
  return { status, ...caught };
}
