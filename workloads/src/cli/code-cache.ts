import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** Beside the packages: whoever may write there may change the code itself. */
export const CODE_CACHE = join(import.meta.dirname, '../../../node_modules/.cache/claire');

/**
 * Keeps what V8 made of the code: a second start need not strip and compile it again, which is most of what a short
 * command does. To be called before anything large is loaded and after V8's flags are set, since these belong to the key.
 * Where nothing can be written, every start compiles.
 */
export function keepCompiledCode(): void {
  enableCompileCache(CODE_CACHE);
}
