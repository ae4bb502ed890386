/** For tests: a network namespace for each node and a pair of virtual interfaces for each link; nothing else joins them. */
import { spawnSync } from 'node:child_process';
import { NODE_IDS, type NodeId } from '../../model/nation.ts';

export class Namespaces {
  readonly #prefix = `bf${process.pid}`;

  /** Whether this machine lets us make network namespaces. */
  static possible(): boolean {
    const name = `bf${process.pid}try`;
    if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return false;
    const veth = ['-n', name, 'link', 'add', 'name', 'try0', 'type', 'veth', 'peer', 'name', 'try1'];
    const made = spawnSync('ip', veth).status === 0;
    spawnSync('ip', ['netns', 'del', name]);
    return made;
  }

  constructor(links: readonly (readonly [NodeId, NodeId])[]) {
    for (const node of NODE_IDS) {
      const name = this.#name(node);
      ip('netns', 'add', name);
      ip('-n', name, 'link', 'set', 'lo', 'up');
      ip('-n', name, 'addr', 'add', `${this.address(node)}/32`, 'dev', 'lo');
    }
    for (const [a, b] of links) {
      const peer = ['peer', 'name', `to${a}`, 'netns', this.#name(b)];
      ip('-n', this.#name(a), 'link', 'add', 'name', `to${b}`, 'type', 'veth', ...peer);
      this.setWire(a, b, true);
    }
  }

  address(node: NodeId): string {
    return `10.231.0.${NODE_IDS.indexOf(node) + 1}`;
  }

  /** What goes before a command that is to run where a node is. */
  wrap(node: NodeId): string[] {
    return ['ip', 'netns', 'exec', this.#name(node)];
  }

  setWire(a: NodeId, b: NodeId, up: boolean): void {
    const ends = [
      [a, b],
      [b, a],
    ] as const;
    for (const [from, to] of ends) ip('-n', this.#name(from), 'link', 'set', `to${to}`, up ? 'up' : 'down');
    if (!up) return;
    for (const [from, to] of ends) {
      const route = [`${this.address(to)}/32`, 'dev', `to${to}`, 'src', this.address(from)];
      ip('-n', this.#name(from), 'route', 'replace', ...route);
    }
  }

  /** Whether there is any way from one node's namespace to another's address. */
  reaches(from: NodeId, to: NodeId): boolean {
    return spawnSync('ip', ['-n', this.#name(from), 'route', 'get', this.address(to)]).status === 0;
  }

  remove(): void {
    for (const node of NODE_IDS) spawnSync('ip', ['netns', 'del', this.#name(node)]);
  }

  #name(node: NodeId): string {
    return `${this.#prefix}${node}`;
  }
}

function ip(...args: string[]): void {
  const run = spawnSync('ip', args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`ip ${args.join(' ')}: ${run.stderr?.trim()}`);
}
