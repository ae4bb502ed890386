import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { agreementState, inForce } from '../../exchange/history.ts';
import { loadAgreements } from '../../exchange/index.ts';
import { generateNats, type ServerPlace } from '../../exchange/transport/nats-config.ts';
import { writeNatsFiles } from '../../exchange/transport/nats-servers.ts';
import { PROJECT_ROOT } from '../../exercise/scenario.ts';
import { BeaconfireError } from '../../model/errors.ts';
import { NODE_IDS, type NodeId } from '../../model/nation.ts';
import { type CommandSpec, usage } from '../arguments.ts';

const FIRST_PORT = 4222;

export const natsConfig: CommandSpec = {
  name: 'nats-config',
  positionals: ['DIR'],
  about:
    "Makes the configuration and keys of the exchange's four NATS servers: operator and JWT mode, an account for each\nnode, agreement and mode, leaf connections, mutual TLS. One folder for each node; each holds secrets of that node\nalone. docs/transport.md says how they are used.",
  options: {
    mode: { value: 'exercise|live', about: 'keys and subjects are of one mode (default exercise)' },
    agreements: { value: 'PATH', about: "a file or folder of agreements (default: the project's)" },
    hosts: {
      value: 'USA=H,KOR=H,JPN=H,HUB=H',
      about: 'where each server is reached (default 127.0.0.1 for all)',
    },
    port: { value: 'N', about: `first port; on one host the next ones follow (default ${FIRST_PORT})` },
  },
  async run(call) {
    const dir = call.positionals[0];
    if (existsSync(dir) && readdirSync(dir).length > 0)
      throw new BeaconfireError('BF_FILE', 'expected a new or empty folder, found files in it', {
        file: dir,
      });
    const mode = call.choice('mode', ['exercise', 'live']) ?? 'exercise';
    const agreements = loadAgreements(call.text('agreements') ?? join(PROJECT_ROOT, 'agreements'));
    const nowMs = Date.now();
    const files = await generateNats({
      mode,
      agreements,
      inForce: agreements.filter((a) => inForce(agreementState(a, nowMs * 1000))).map((a) => a.id),
      nowS: nowMs / 1000,
      places: placesOf(call.text('hosts'), call.integer('port', 1024, 65000) ?? FIRST_PORT),
    });
    writeNatsFiles(dir, files);
    if (call.flag('json'))
      process.stdout.write(`${JSON.stringify({ dir, mode, files: [...files.keys()] })}\n`);
    else
      process.stdout.write(
        `${files.size} files in ${dir}, mode ${mode}. Give each node its own folder and nothing else, and start there:\n  nats-server -c server.conf\n`,
      );
    return 0;
  },
};

/** A port for the node and one for leaf connections each; counted on where several servers share a host. */
function placesOf(hosts: string | undefined, firstPort: number): Record<NodeId, ServerPlace> {
  const given = new Map<string, string>();
  for (const part of hosts === undefined ? [] : hosts.split(',')) {
    const [node, host, ...rest] = part.split('=');
    if (
      !(NODE_IDS as readonly string[]).includes(node) ||
      !host ||
      rest.length > 0 ||
      !/^[A-Za-z0-9.:-]+$/.test(host)
    )
      throw usage(`--hosts: expected NODE=HOST for ${NODE_IDS.join(', ')}, found ${JSON.stringify(part)}`);
    given.set(node, host);
  }
  const used = new Map<string, number>();
  const places = {} as Record<NodeId, ServerPlace>;
  for (const node of NODE_IDS) {
    const host = given.get(node) ?? '127.0.0.1';
    const port = used.get(host) ?? firstPort;
    used.set(host, port + 2);
    places[node] = { host, clientPort: port, leafPort: port + 1 };
  }
  return places;
}
