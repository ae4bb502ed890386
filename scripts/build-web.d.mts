export declare const DEFAULT_OUT: string;
/** One hash over everything that the page is made of. */
export declare function hashInputs(): string;
/** Builds the page into `outDir` (default dist/web) unless it is there and its inputs are unchanged. */
export declare function buildWeb(
  outDir?: string,
  options?: { force?: boolean },
): Promise<{ outDir: string; built: boolean; milliseconds: number }>;
