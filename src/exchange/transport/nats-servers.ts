/** NATS servers on this machine from generated configuration, and the keeper of their accounts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { BeaconfireError } from '../../model/errors.ts';
import type { NodeId } from '../../model/nation.ts';
import type { NatsTls } from './nats.ts';
import { type AuthorityFile, accountJwts, loadJwt, type ServerPlace } from './nats-config.ts';

/** Where `nats-server` is, or undefined. Debian puts it where only root's path looks. */
export function findNatsServer(path = process.env.PATH ?? ''): string | undefined {
  for (const folder of [...path.split(delimiter), '/usr/sbin', '/usr/local/bin']) {
    const file = join(folder, 'nats-server');
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** Writes generated files; keys and credentials are readable by their owner alone. */
export function writeNatsFiles(dir: string, files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) {
    const file = join(dir, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const secret = /\.creds$|key\.pem$|authority\.json$/.test(path);
    writeFileSync(file, text, { mode: secret ? 0o600 : 0o644 });
  }
}

export function tlsOf(dir: string, node: NodeId): NatsTls {
  const file = (name: string): string => join(dir, node, 'tls', name);
  return { caFile: file('ca.pem'), certFile: file('cert.pem'), keyFile: file('key.pem') };
}

export interface RunningServer {
  node: NodeId;
  pid: number;
  /** Kills it as a failing machine would, and waits until it is gone. */
  kill(): Promise<void>;
  /** What it said. */
  log(): string;
}

/**
 * Starts the server of a node in its folder and waits until it takes connections. `wrap` is put before the
 * command: `ip netns exec NAME`, say.
 */
export async function startNatsServer(
  dir: string,
  node: NodeId,
  place: ServerPlace,
  wrap: readonly string[] = [],
): Promise<RunningServer> {
  const binary = findNatsServer();
  if (!binary)
    throw new BeaconfireError(
      'BF_USAGE',
      'expected the program nats-server (Debian: package nats-server), found none',
    );
  const [command, ...args] = [...wrap, binary, '-c', 'server.conf'];
  const child: ChildProcess = spawn(command, args, {
    cwd: join(dir, node),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-20_000);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await gone;
  };
  const ready = wrap.length > 0 ? () => said.includes('Server is ready') : () => takesConnections(place);
  const deadline = performance.now() + 30_000;
  while (!(await ready())) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > deadline) {
      await kill();
      throw new BeaconfireError(
        'BF_USAGE',
        `expected the NATS server of ${node} to start, found: ${said.trim().slice(-500)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return { node, pid: child.pid!, kill, log: () => said };
}

function takesConnections({ host, clientPort }: ServerPlace): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ host, port: clientPort });
    const done = (ok: boolean): void => {
      socket.destroy();
      resolve(ok);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.setTimeout(1000, () => done(false));
  });
}

/** Changes the accounts of one running server: an agreement that is suspended stops there, whoever sends. */
export class NatsAuthority {
  readonly #file: AuthorityFile;
  readonly #push: (jwt: string) => Promise<string>;
  readonly #close: () => Promise<void>;

  private constructor(
    file: AuthorityFile,
    push: (jwt: string) => Promise<string>,
    close: () => Promise<void>,
  ) {
    this.#file = file;
    this.#push = push;
    this.#close = close;
  }

  static async connect(dir: string, node: NodeId, server: string): Promise<NatsAuthority> {
    const [{ connect }, { credsAuthenticator }] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/nats-core'),
    ]);
    const file = JSON.parse(readFileSync(join(dir, node, 'authority.json'), 'utf8')) as AuthorityFile;
    const connection = await connect({
      servers: server,
      name: `authority ${node}`,
      authenticator: credsAuthenticator(new TextEncoder().encode(file.systemCreds)),
      tls: tlsOf(dir, node),
      maxReconnectAttempts: -1,
    });
    const push = async (jwt: string): Promise<string> => {
      const answer = await connection.request('$SYS.REQ.CLAIMS.UPDATE', jwt, { timeout: 20_000 });
      return answer.string();
    };
    return new NatsAuthority(file, push, () => connection.close());
  }

  /** Pushes the accounts that an agreement's change concerns; `inForce`: all that are in force now. */
  async apply(agreement: string, inForce: ReadonlySet<string>, nowS: number): Promise<void> {
    const jwts = await accountJwts(await loadJwt(), this.#file, inForce, nowS, agreement);
    for (const text of jwts.values()) {
      const answer = await this.#push(text);
      if (!answer.includes('"code":200'))
        throw new BeaconfireError('BF_INTERNAL', `expected the server to take the account, found: ${answer}`);
    }
  }

  close(): Promise<void> {
    return this.#close();
  }
}
