/** Command lines: what a command takes, its help, and its arguments checked, with one clear line for what is wrong. */
import { BeaconfireError } from '../model/errors.ts';

export interface OptionSpec {
  /** What stands for the value in the help; a flag without it is true or false. */
  value?: string;
  about: string;
  required?: boolean;
}

export interface CommandSpec {
  name: string;
  /** Positional arguments in the help, `SCENARIO` or `[SCENARIO]` if it may be left out. */
  positionals: string[];
  about: string;
  options: Record<string, OptionSpec>;
  run(call: Call): Promise<number>;
}

const COMMON: Record<string, OptionSpec> = {
  json: { about: 'one JSON object (or NDJSON where said) on standard output and nothing else there' },
  debug: { about: 'show the stack of an error' },
  help: { about: 'this text' },
};

/** A checked call of a command. */
export class Call {
  readonly positionals: string[];
  readonly #values: Map<string, string | true>;

  constructor(positionals: string[], values: Map<string, string | true>) {
    this.positionals = positionals;
    this.#values = values;
  }

  flag(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    const v = this.#values.get(name);
    return typeof v === 'string' ? v : undefined;
  }

  /** A finite number within bounds. */
  number(name: string, minimum: number, maximum: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < minimum || value > maximum) {
      throw usage(
        `--${name}: expected a number from ${minimum} to ${maximum}, found ${JSON.stringify(text)}`,
      );
    }
    return value;
  }

  integer(name: string, minimum: number, maximum: number): number | undefined {
    const value = this.number(name, minimum, maximum);
    if (value !== undefined && !Number.isInteger(value)) {
      throw usage(`--${name}: expected a whole number, found ${JSON.stringify(this.text(name))}`);
    }
    return value;
  }

  choice<T extends string>(name: string, among: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!among.includes(text as T))
      throw usage(`--${name}: expected one of ${among.join(', ')}, found ${JSON.stringify(text)}`);
    return text as T;
  }
}

export function usage(detail: string): BeaconfireError {
  return new BeaconfireError('BF_USAGE', detail);
}

export function parseCall(spec: CommandSpec, argv: string[]): Call {
  const options = { ...spec.options, ...COMMON };
  const values = new Map<string, string | true>();
  const positionals: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i];
    if (!word.startsWith('--')) {
      positionals.push(word);
      continue;
    }
    const [name, ...rest] = word.slice(2).split('=');
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option) throw usage(`${spec.name}: no option --${name}; see beaconfire ${spec.name} --help`);
    if (values.has(name)) throw usage(`${spec.name}: --${name} is given twice`);
    if (option.value === undefined) {
      if (rest.length > 0) throw usage(`${spec.name}: --${name} takes no value`);
      values.set(name, true);
    } else if (rest.length > 0) values.set(name, rest.join('='));
    else {
      // The next word is the value even if it starts with a minus: `--site -33.9,151.2`.
      const next = argv[++i];
      if (next === undefined || next.startsWith('--'))
        throw usage(`${spec.name}: --${name} needs a value (${option.value})`);
      values.set(name, next);
    }
  }
  if (!values.has('help')) {
    const least = spec.positionals.filter((p) => !p.startsWith('[')).length;
    if (positionals.length < least)
      throw usage(
        `${spec.name}: expected ${spec.positionals[positionals.length]}; see beaconfire ${spec.name} --help`,
      );
    if (positionals.length > spec.positionals.length) {
      throw usage(
        `${spec.name}: unexpected argument ${JSON.stringify(positionals[spec.positionals.length])}`,
      );
    }
    for (const [name, option] of Object.entries(spec.options)) {
      if (option.required && !values.has(name))
        throw usage(`${spec.name}: --${name} ${option.value ?? ''} is needed`);
    }
  }
  return new Call(positionals, values);
}

export function helpText(spec: CommandSpec): string {
  const rows = Object.entries({ ...spec.options, ...COMMON }).map(([name, o]) => [
    `--${name}${o.value ? ` ${o.value}` : ''}`,
    o.about,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
  return `beaconfire ${[spec.name, ...spec.positionals].join(' ')} [options]\n\n${spec.about}\n\n${lines.join('\n')}\n`;
}
