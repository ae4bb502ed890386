/**
 * Configuration and keys of the four NATS servers: operator and JWT mode, each node its own operator, an account
 * for each node, agreement and mode, leaf connections between them, and mutual TLS. Files as text; nothing is
 * written or started here.
 */
import { isIP } from 'node:net';
import { BeaconfireError } from '../../model/errors.ts';
import { type Mode, NODE_IDS, type NodeId } from '../../model/nation.ts';
import type { Agreement } from '../agreement.ts';
import { HISTORY_LIMITS, type StreamName } from './history.ts';
import { historyRequests, inboxOf } from './nats-history.ts';
import {
  accountName,
  type ExchangeAccount,
  exchangeAccounts,
  historyStreams,
  NOTES_CHANNEL,
} from './nats-plan.ts';

type Jwt = typeof import('@nats-io/jwt');
type KeyPair = ReturnType<Jwt['createAccount']>;

export interface ServerPlace {
  /** Name or address by which others reach it, and the ports for its own node and for leaf connections. */
  host: string;
  clientPort: number;
  leafPort: number;
}

export interface NatsPlan {
  mode: Mode;
  agreements: readonly Pick<Agreement, 'id' | 'parties' | 'route'>[];
  /** Ids of those in force at first; the others' accounts exist but carry nothing. */
  inForce: readonly string[];
  /** The machine's time, s: keys and revocations are dated. */
  nowS: number;
  places: Record<NodeId, ServerPlace>;
  /** Where a server reaches another for leaf connections, if not at its place: a gateway, or a line that a test breaks. */
  leafAddress?: (from: NodeId, to: NodeId) => string | undefined;
  /** Bytes of each stream of history; {@link HISTORY_LIMITS} if left out. */
  historyBytes?: number;
  /** What a server tells others of its leaf address, if not its place: they try it too when they reconnect. */
  advertise?: string;
}

/** What the keeper of a node's server needs to change its accounts while it runs. Secret. */
export interface AuthorityFile {
  node: NodeId;
  mode: Mode;
  operatorSeed: string;
  systemCreds: string;
  nodeAccountSeed: string;
  accounts: (ExchangeAccount & { name: string; seed: string; leafUsers: string[] })[];
  /** Streams of history in the node's account, and bytes of each. */
  history: { streams: StreamName[]; maxBytes: number };
}

const UNLIMITED = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
};
const USER_LIMITS = { subs: -1, data: -1, payload: -1 };

/**
 * A subject that nobody may publish. The system account imports it from the node's account, and that one imports from
 * all others: so a server that starts loads all of them, one after the other, before it takes connections. Otherwise each
 * is loaded when it is first asked for, and where several leaf connections ask at once an account is built twice: the
 * node's account imports from one copy, the leaf connections are in the other, and nothing passes (seen with 2.9.10).
 */
const LOAD = 'bf.load';

const stream = (subject: string) => ({ name: subject, subject, type: 'stream' as const });

export async function loadJwt(): Promise<Jwt> {
  try {
    return await import('@nats-io/jwt');
  } catch (cause) {
    throw new BeaconfireError(
      'BF_USAGE',
      'expected the optional package @nats-io/jwt, found it not installed',
      {},
      { cause },
    );
  }
}

/** The files by path: a folder for each node, and `nats.json`, which says where what is. */
export async function generateNats(plan: NatsPlan): Promise<Map<string, string>> {
  const jwt = await loadJwt();
  const files = new Map<string, string>();
  const tls = await certificates(plan.places, plan.nowS);
  const servers = new Map<NodeId, ServerKeys>();
  for (const node of NODE_IDS) servers.set(node, makeKeys(jwt, node, plan));
  for (const node of NODE_IDS) {
    const keys = servers.get(node)!;
    const put = (name: string, text: string): void => void files.set(`${node}/${name}`, text);
    const operator = await jwt.encodeOperator(
      `${node}.${plan.mode}`,
      keys.operator,
      { system_account: keys.system.getPublicKey() },
      { signer: keys.operator },
    );
    const systemJwt = await jwt.encodeAccount(
      `${node}.system`,
      keys.system,
      { limits: UNLIMITED, exports: [], imports: [{ ...stream(LOAD), account: keys.node.getPublicKey() }] },
      { signer: keys.operator },
    );
    put(`jwt/${keys.system.getPublicKey()}.jwt`, systemJwt);
    const authority = await authorityOf(jwt, node, keys, plan);
    for (const [key, text] of await accountJwts(jwt, authority, new Set(plan.inForce), plan.nowS))
      put(`jwt/${key}.jwt`, text);
    put('authority.json', `${JSON.stringify(authority, null, 2)}\n`);
    const { streams } = authority.history;
    const sends = [...authority.accounts.map((a) => a.out), ...historyRequests(plan.mode, node, streams)];
    const hears = [
      ...authority.accounts.map((a) => a.in),
      ...(streams.length > 0 ? [`${inboxOf(node)}.>`] : []),
    ];
    // A node's user can send its own node's subjects, hear what is for it, and keep and read its own history.
    put('node.creds', await creds(jwt, `${node}.node`, keys.node, sends, hears));
    for (const a of authority.accounts.filter((x) => x.dials)) {
      const peer = servers.get(a.peer)!;
      const theirs = peer.accounts.get(accountName({ ...a, node: a.peer, peer: node }))!;
      const user = peer.leafUser(a.agreement, node);
      const text = await credsFor(jwt, `leaf ${node} ${a.agreement}`, user, theirs, [a.out], [a.in]);
      put(`leaf-${a.agreement}-${a.peer}.creds`, text);
    }
    put('server.conf', serverConf(node, plan, authority, keys, operator));
    put('tls/ca.pem', tls.ca);
    put('tls/cert.pem', tls.nodes[node].cert);
    put('tls/key.pem', tls.nodes[node].key);
  }
  const { mode, places } = plan;
  const agreements = plan.agreements.map(({ id, parties, route }) => ({ id, parties, route }));
  files.set('nats.json', `${JSON.stringify({ mode, places, agreements }, null, 2)}\n`);
  return files;
}

interface ServerKeys {
  operator: KeyPair;
  system: KeyPair;
  node: KeyPair;
  accounts: Map<string, KeyPair>;
  /** The user by which a node's server joins an agreement's account here. */
  leafUser(agreement: string, from: NodeId): KeyPair;
  leafUsers: Map<string, KeyPair>;
}

function makeKeys(jwt: Jwt, node: NodeId, plan: NatsPlan): ServerKeys {
  const accounts = new Map<string, KeyPair>();
  for (const a of exchangeAccounts(node, plan.agreements, plan.mode)) {
    const name = accountName(a);
    if (!accounts.has(name)) accounts.set(name, jwt.createAccount());
  }
  const leafUsers = new Map<string, KeyPair>();
  for (const a of exchangeAccounts(node, plan.agreements, plan.mode)) {
    if (!a.dials) leafUsers.set(`${a.agreement} ${a.peer}`, jwt.createUser());
  }
  return {
    operator: jwt.createOperator(),
    system: jwt.createAccount(),
    node: jwt.createAccount(),
    accounts,
    leafUsers,
    leafUser: (agreement, from) => leafUsers.get(`${agreement} ${from}`)!,
  };
}

async function authorityOf(jwt: Jwt, node: NodeId, keys: ServerKeys, plan: NatsPlan): Promise<AuthorityFile> {
  const system = jwt.createUser();
  const token = await jwt.encodeUser('system', system, keys.system, USER_LIMITS, {});
  return {
    node,
    mode: plan.mode,
    operatorSeed: seedOf(keys.operator),
    systemCreds: new TextDecoder().decode(jwt.fmtCreds(token, system)),
    nodeAccountSeed: seedOf(keys.node),
    accounts: exchangeAccounts(node, plan.agreements, plan.mode).map((a) => {
      const name = accountName(a);
      const user = keys.leafUsers.get(`${a.agreement} ${a.peer}`);
      return {
        ...a,
        name,
        seed: seedOf(keys.accounts.get(name)!),
        leafUsers: user ? [user.getPublicKey()] : [],
      };
    }),
    history: {
      streams: historyStreams(node, plan.agreements),
      maxBytes: plan.historyBytes ?? HISTORY_LIMITS.maxBytes,
    },
  };
}

/**
 * The JWTs of a server's accounts by their public key. An agreement that is not in force has an account without
 * imports and exports, whose leaf users are revoked: its traffic stops, and a link of its own is cut.
 */
export async function accountJwts(
  jwt: Jwt,
  authority: AuthorityFile,
  inForce: ReadonlySet<string>,
  nowS: number,
  only?: string,
): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  const encoder = new TextEncoder();
  const operator = jwt.fromSeed(encoder.encode(authority.operatorSeed));
  const node = jwt.fromSeed(encoder.encode(authority.nodeAccountSeed));
  const names = [...new Set(authority.accounts.map((a) => a.name))];
  const keyOf = (name: string): KeyPair =>
    jwt.fromSeed(encoder.encode(authority.accounts.find((a) => a.name === name)!.seed));
  for (const name of names) {
    const parts = authority.accounts.filter((a) => a.name === name);
    if (only !== undefined && parts[0].agreement !== only) continue;
    const open = parts[0].agreement === NOTES_CHANNEL || inForce.has(parts[0].agreement);
    const key = keyOf(name);
    const revoked = open ? [] : parts.flatMap((p) => p.leafUsers);
    const text = await jwt.encodeAccount(
      name,
      key,
      {
        limits: UNLIMITED,
        imports: open ? parts.map((p) => ({ ...stream(p.out), account: node.getPublicKey() })) : [],
        exports: open ? parts.map((p) => stream(p.in)) : [],
        revocations: Object.fromEntries(revoked.map((u) => [u, Math.floor(nowS) + 1])),
      },
      { signer: operator },
    );
    out.set(key.getPublicKey(), text);
  }
  // The node's own account never changes: with a change of it, Debian's server (2.9.10) dropped the traffic of the
  // other agreements too. What an agreement's account no longer gives, the node's account imports in vain.
  if (only !== undefined) return out;
  const text = await jwt.encodeAccount(
    `${authority.node}.${authority.mode}`,
    node,
    {
      limits: { ...UNLIMITED, ...historyLimits(authority) },
      imports: authority.accounts.map((a) => ({ ...stream(a.in), account: keyOf(a.name).getPublicKey() })),
      exports: [...authority.accounts.map((a) => stream(a.out)), stream(LOAD)],
    },
    { signer: operator },
  );
  out.set(node.getPublicKey(), text);
  return out;
}

/** JetStream for the node's own account alone: so many streams of so many bytes, and no consumers that another could have. */
function historyLimits({ history: { streams, maxBytes } }: AuthorityFile): Record<string, number> {
  if (streams.length === 0) return {};
  return { disk_storage: streams.length * maxBytes, mem_storage: 0, streams: streams.length, consumer: 0 };
}

function serverConf(
  node: NodeId,
  plan: NatsPlan,
  authority: AuthorityFile,
  keys: ServerKeys,
  operator: string,
): string {
  const { host, clientPort, leafPort } = plan.places[node];
  const tls = `tls { cert_file: "tls/cert.pem", key_file: "tls/key.pem", ca_file: "tls/ca.pem", verify: true }`;
  const accepts = authority.accounts.some((a) => !a.dials);
  const remotes = authority.accounts
    .filter((a) => a.dials)
    .map((a) => {
      const peer = plan.places[a.peer];
      const address = plan.leafAddress?.(node, a.peer) ?? `${peer.host}:${peer.leafPort}`;
      const account = keys.accounts.get(a.name)!.getPublicKey();
      return `    { url: "tls://${address}", account: "${account}", credentials: "leaf-${a.agreement}-${a.peer}.creds",
      tls { cert_file: "tls/cert.pem", key_file: "tls/key.pem", ca_file: "tls/ca.pem" } }`;
    });
  return `# NATS server of ${node}, mode ${plan.mode}. Made by: beaconfire nats-config. Start it in its own folder.
server_name: "${node}-${plan.mode}"
listen: "${host}:${clientPort}"
${tls}
operator: "${operator}"
system_account: "${keys.system.getPublicKey()}"
resolver { type: full, dir: "jwt", allow_delete: false, interval: "2m" }
${jetStreamConf(node, plan, authority)}max_payload: 1MB
ping_interval: "1s"
ping_max: 3
write_deadline: "2s"
leafnodes {
${accepts ? `  listen: "${host}:${leafPort}"\n  advertise: "${plan.advertise ?? `${host}:${leafPort}`}"\n  ${tls}\n` : ''}  reconnect: 1
  remotes: [
${remotes.join('\n')}
  ]
}
`;
}

/** A domain of its own keeps the leaf connections of JetStream apart. */
function jetStreamConf(
  node: NodeId,
  plan: NatsPlan,
  { history: { streams, maxBytes } }: AuthorityFile,
): string {
  if (streams.length === 0) return '';
  return `jetstream { store_dir: "jetstream", domain: "${node}-${plan.mode}", max_mem: 1MB, max_file: ${streams.length * maxBytes} }\n`;
}

async function creds(
  jwt: Jwt,
  name: string,
  account: KeyPair,
  pub: string[],
  sub: string[],
): Promise<string> {
  return credsFor(jwt, name, jwt.createUser(), account, pub, sub);
}

async function credsFor(
  jwt: Jwt,
  name: string,
  user: KeyPair,
  account: KeyPair,
  pub: string[],
  sub: string[],
): Promise<string> {
  const claims = { ...USER_LIMITS, pub: { allow: pub, deny: [] }, sub: { allow: sub, deny: [] } };
  const token = await jwt.encodeUser(name, user, account, claims, {});
  return new TextDecoder().decode(jwt.fmtCreds(token, user));
}

function seedOf(key: KeyPair): string {
  return new TextDecoder().decode(key.getSeed());
}

interface Certificates {
  ca: string;
  nodes: Record<NodeId, { cert: string; key: string }>;
}

/** An authority for this network alone, and a certificate for each server, which is server and client in turn. */
async function certificates(places: Record<NodeId, ServerPlace>, nowS: number): Promise<Certificates> {
  const { generate } = await import('selfsigned').catch((cause: unknown) => {
    throw new BeaconfireError(
      'BF_USAGE',
      'expected the optional package selfsigned, found it not installed',
      {},
      { cause },
    );
  });
  const common = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
  const notAfterDate = new Date((nowS + 365 * 86400) * 1000);
  const ca = await generate([{ name: 'commonName', value: 'Beaconfire exchange CA' }], {
    ...common,
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const nodes = {} as Certificates['nodes'];
  for (const node of NODE_IDS) {
    const { host } = places[node];
    const address = (name: string) =>
      isIP(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name };
    const names = [...new Set([host, '127.0.0.1', 'localhost'])].map(address);
    const made = await generate([{ name: 'commonName', value: node }], {
      ...common,
      notAfterDate,
      ca: { key: ca.private, cert: ca.cert },
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        { name: 'subjectAltName', altNames: names },
      ],
    });
    nodes[node] = { cert: made.cert, key: made.private };
  }
  return { ca: ca.cert, nodes };
}
