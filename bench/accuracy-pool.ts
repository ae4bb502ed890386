/** Runs the studies' runs on all cores: threads that take a few runs at a time. Results come in the order of the runs. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { AnyStudy } from './accuracy-study.ts';

export interface Task {
  study: string;
  from: number;
  to: number;
  seed: number;
}

export interface Done {
  task: Task;
  results: unknown[];
  error?: string;
}

/** Each study with all its results as soon as they and all earlier studies' are there. */
export async function* runStudies(
  studies: readonly AnyStudy[],
  seed: number,
  quick: boolean,
  progress: (share: number) => void,
): AsyncGenerator<{ study: AnyStudy; results: unknown[] }> {
  const tasks: Task[] = [];
  const results = new Map<string, { left: number; list: unknown[] }>();
  for (const s of studies) {
    const runs = s.runs(quick);
    const chunk = Math.max(1, Math.ceil(runs / 20));
    results.set(s.name, { left: runs, list: new Array(runs) });
    for (let from = 0; from < runs; from += chunk)
      tasks.push({ study: s.name, from, to: Math.min(runs, from + chunk), seed });
  }
  const total = tasks.length;
  let done = 0;
  let failure: Error | undefined;
  let wake: () => void = () => {};
  const workers: Worker[] = [];
  const fail = (error: Error): void => {
    failure ??= error;
    wake();
  };
  const feed = (worker: Worker): void => {
    const task = tasks.shift();
    if (task) worker.postMessage(task);
    else void worker.terminate();
  };
  for (let i = Math.min(availableParallelism(), total); i > 0; i--) {
    const worker = new Worker(new URL('./accuracy-worker.mjs', import.meta.url));
    workers.push(worker);
    worker.on('error', fail);
    worker.on('message', (message: Done) => {
      if (message.error) fail(new Error(message.error));
      const of = results.get(message.task.study)!;
      message.results.forEach((r, k) => {
        of.list[message.task.from + k] = r;
      });
      of.left -= message.task.to - message.task.from;
      progress(++done / total);
      feed(worker);
      wake();
    });
    feed(worker);
  }
  try {
    for (const s of studies) {
      const of = results.get(s.name)!;
      while (of.left > 0 && !failure) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (failure) throw failure;
      yield { study: s, results: of.list.filter((r) => r !== undefined) };
    }
  } finally {
    for (const worker of workers) void worker.terminate();
  }
}
