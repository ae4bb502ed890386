/** What commands print: tables for people, progress on standard error when it is a terminal. */

/** Width of a text on a terminal: CJK characters take two columns. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const c of text)
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u.test(c)
        ? 2
        : 1;
  return width;
}

/** A plain table; the first column is left-aligned, the others right. */
export function table(header: string[], rows: string[][]): string {
  const widths = header.map((h, i) => Math.max(displayWidth(h), ...rows.map((r) => displayWidth(r[i]))));
  const line = (cells: string[]): string =>
    cells
      .map((c, i) => {
        const space = ' '.repeat(widths[i] - displayWidth(c));
        return i === 0 ? c + space : space + c;
      })
      .join('  ')
      .trimEnd();
  return `${[line(header), widths.map((w) => '-'.repeat(w)).join('  '), ...rows.map(line)].join('\n')}\n`;
}

/** Seconds as a person reads them; a dash where it never came. */
export function seconds(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)} s`;
}

/** Progress of long work: one line that is overwritten, only on a terminal and only after a second. */
export class Progress {
  readonly #label: string;
  readonly #startMs: number;
  readonly #nowMs: () => number;
  #shown = false;
  #lastMs = 0;

  constructor(label: string, nowMs: () => number) {
    this.#label = label;
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
  }

  update(fraction: number): void {
    const now = this.#nowMs();
    if (!process.stderr.isTTY || now - this.#startMs < 1000 || now - this.#lastMs < 100) return;
    this.#lastMs = now;
    this.#shown = true;
    const full = Math.round(Math.min(1, Math.max(0, fraction)) * 30);
    process.stderr.write(
      `\r${this.#label} [${'#'.repeat(full)}${' '.repeat(30 - full)}] ${Math.round(fraction * 100)} %`,
    );
  }

  end(): void {
    if (this.#shown) process.stderr.write('\r\x1b[K');
  }
}
