/** One thread of the Monte Carlo harness. */
import { parentPort } from 'node:worker_threads';
import { STUDIES } from './accuracy-list.ts';
import type { Done, Task } from './accuracy-pool.ts';

parentPort?.on('message', (task: Task) => {
  const done: Done = { task, results: [] };
  try {
    const study = STUDIES.find((s) => s.name === task.study)!;
    for (let run = task.from; run < task.to; run++) done.results.push(study.work(task.seed, run));
  } catch (error) {
    done.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  parentPort!.postMessage(done);
});
