/**
 * The terms of agreements as Cedar policies: `NAME.cedar` beside `NAME.yaml`, each policy with its citation. They are
 * a second gate behind `decide`: what it releases, the terms must permit too, so either can refuse and neither can
 * release alone. What is in force is a fact of the request, never of the policies.
 *
 * Cedar takes a third of a millisecond, so each different request is asked once: the domain is small. Any error in an
 * evaluation is a refusal (Cedar itself skips a policy that fails, and a skipped `forbid` would let things pass).
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import { type ItemLabel, LEVELS } from '../model/item.ts';
import type { Nation } from '../model/nation.ts';
import { sha256 } from './canonical.ts';

type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs');

/** Facts of one request to release under one agreement; the item as it would go, already reduced. */
export interface TermsRequest {
  label: ItemLabel;
  from: Nation;
  to: Nation;
  relay: Nation | undefined;
  inForce: boolean;
  nowUs: number;
}

export interface TermsAnswer {
  permitted: boolean;
  /** Policies that decided: the permits of a permission, the forbids of a refusal. None: nothing permits. */
  policies: string[];
  errors: string[];
}

/** The gate as `decide` knows it. */
export interface Terms {
  /** Undefined where the agreement has no written terms. */
  ask(agreement: string, request: TermsRequest): TermsAnswer | undefined;
}

export interface Policy {
  id: string;
  cite: string;
  text: string;
}

/** Answers kept: far more than the different requests of a run. */
const CACHED = 50_000;

const COMMON = new URL('../../agreements/common/', import.meta.url);
let loaded: Cedar | undefined;

/**
 * The policy engine: 4 MB of WebAssembly, loaded when first needed. V8 11 (Node 20) may end the process when it throws
 * away compiled code that has a call into WebAssembly built in ("unreachable code" in DoComputeBuiltinContinuation, seen
 * after some hundred thousand requests), so there such calls are not built in.
 */
function cedar(): Cedar {
  if (loaded) return loaded;
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--no-turbo-inline-js-wasm-calls');
  loaded = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as Cedar;
  return loaded;
}

/** The policies of a text, each with its id and citation. BF_AGREEMENT if one is malformed or cites nothing. */
export function parsePolicies(text: string, file: string): Policy[] {
  const fail = (found: string): never => {
    throw new BeaconfireError('BF_AGREEMENT', `expected Cedar policies with @id and @cite, found ${found}`, {
      file,
    });
  };
  const parts = cedar().policySetTextToParts(text);
  if (parts.type === 'failure') return fail(parts.errors.map((e) => e.message).join('; '));
  const seen = new Set<string>();
  return parts.policies.map((policy) => {
    const parsed = cedar().policyToJson(policy);
    if (parsed.type === 'failure') return fail(parsed.errors.map((e) => e.message).join('; '));
    const { id, cite } = (parsed.json.annotations ?? {}) as { id?: string; cite?: string };
    if (!id || !cite) return fail('a policy without them');
    if (seen.has(id)) return fail(`the id ${id} twice`);
    seen.add(id);
    return { id, cite, text: policy };
  });
}

function common(name: string): string {
  return readFileSync(new URL(name, COMMON), 'utf8');
}

/** Those that stand beside the terms of every agreement. */
export function absolutePolicies(): Policy[] {
  return parsePolicies(common('absolutes.cedar'), 'absolutes.cedar');
}

/** What Cedar's validator says of policies against the schema; empty if they are sound. */
export function validatePolicies(policies: readonly Policy[]): string[] {
  const answer = cedar().validate({
    schema: common('release.cedarschema'),
    policies: { staticPolicies: Object.fromEntries(policies.map((p) => [p.id, p.text])) },
  });
  if (answer.type === 'failure') return answer.errors.map((e) => e.message);
  return [
    ...answer.validationErrors.map((e) => `${e.policyId}: ${e.error.message}`),
    ...answer.validationWarnings.map((e) => `${e.policyId}: ${e.error.message}`),
  ];
}

export class CedarTerms implements Terms {
  readonly #texts: ReadonlyMap<string, { file: string; text: string }>;
  readonly #cache = new Map<string, TermsAnswer>();
  readonly #sets = new Map<string, { name: string; policies: Policy[] }>();

  /** Of texts by the id of their agreement. Each is parsed at its first question, so that a start waits for nothing. */
  constructor(texts: ReadonlyMap<string, { file: string; text: string }>) {
    this.#texts = texts;
  }

  /** BF_AGREEMENT if the text does not parse; `decide` makes a refusal of that, by this agreement alone. */
  #set(agreement: string): { name: string; policies: Policy[] } {
    const known = this.#sets.get(agreement);
    if (known) return known;
    const { file, text } = this.#texts.get(agreement)!;
    const policies = [...absolutePolicies(), ...parsePolicies(text, file)];
    const staticPolicies = Object.fromEntries(policies.map((p) => [p.id, p.text]));
    // Parsed once; the engine keeps it by name, for the whole process.
    const name = `${agreement} ${sha256(JSON.stringify(staticPolicies))}`;
    const parsed = cedar().preparsePolicySet(name, { staticPolicies });
    if (parsed.type === 'failure')
      throw new BeaconfireError(
        'BF_AGREEMENT',
        `expected Cedar policies, found: ${parsed.errors[0]?.message}`,
        { file },
      );
    const set = { name, policies };
    this.#sets.set(agreement, set);
    return set;
  }

  /** Those beside the files of agreements; undefined where none of them has any. */
  static beside(files: readonly { id: string; file: string }[]): CedarTerms | undefined {
    const texts = new Map<string, { file: string; text: string }>();
    for (const { id, file } of files) {
      const path = file.replace(/\.ya?ml$/, '.cedar');
      if (path !== file && existsSync(path)) texts.set(id, { file: path, text: readFileSync(path, 'utf8') });
    }
    return texts.size === 0 ? undefined : new CedarTerms(texts);
  }

  get agreements(): string[] {
    return [...this.#texts.keys()];
  }

  /**
   * Parses all now, so that the first release of a process does not wait for the engine (some tenths of a second). A text
   * that does not parse is left to its question, which it refuses.
   */
  prepare(): void {
    for (const agreement of this.#texts.keys())
      try {
        this.#set(agreement);
      } catch (error) {
        if (!(error instanceof BeaconfireError)) throw error;
      }
  }

  /** What a policy cites. */
  cite(policy: string): string | undefined {
    for (const agreement of this.#texts.keys()) {
      const found = this.#set(agreement).policies.find((p) => p.id === policy);
      if (found) return found.cite;
    }
    return undefined;
  }

  ask(agreement: string, request: TermsRequest): TermsAnswer | undefined {
    if (!this.#texts.has(agreement)) return undefined;
    const set = this.#set(agreement);
    const { label, from, to, relay, inForce, nowUs } = request;
    const consented = label.consents
      .filter((c) => c.to === to && (isoToUs(c.until) ?? Number.NEGATIVE_INFINITY) > nowUs)
      .map((c) => c.by);
    const { originators, releasableTo, threat, kind, level, elements } = label;
    const key = `${set.name}|${from}|${to}|${relay}|${inForce}|${originators}|${releasableTo}|${consented}|${threat}|${kind}|${level}|${elements}`;
    let answer = this.#cache.get(key);
    if (!answer) {
      if (this.#cache.size >= CACHED) this.#cache.clear();
      answer = evaluate(set.name, request, consented);
      this.#cache.set(key, answer);
    }
    return answer;
  }
}

function evaluate(
  name: string,
  { label, from, to, relay, inForce }: TermsRequest,
  consented: string[],
): TermsAnswer {
  const nation = (id: string) => ({ type: 'Nation', id });
  const nations = (ids: readonly string[]) => ids.map((id) => ({ __entity: nation(id) }));
  const { originators, releasableTo, threat, kind, level, elements } = label;
  const answer = cedar().statefulIsAuthorized({
    principal: nation(from),
    action: { type: 'Action', id: 'release' },
    resource: nation(to),
    context: {
      inForce,
      relay: nations(relay === undefined ? [] : [relay]),
      originators: nations(originators),
      others: nations(originators.filter((n) => n !== from && n !== to)),
      consented: nations(consented),
      releasableTo: nations(releasableTo),
      threat,
      kind,
      level: LEVELS.indexOf(level),
      elements: [...elements],
    },
    preparsedPolicySetId: name,
    entities: [],
  });
  if (answer.type === 'failure')
    return { permitted: false, policies: [], errors: answer.errors.map((e) => e.message) };
  const { decision, diagnostics } = answer.response;
  const errors = diagnostics.errors.map((e) => `${e.policyId}: ${e.error.message}`);
  return {
    permitted: decision === 'allow' && errors.length === 0,
    policies: [...diagnostics.reason].sort(),
    errors,
  };
}
