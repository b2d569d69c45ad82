import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  checkDistinct,
  formatProblem,
  type Problem,
  type ReadBot,
  readTradingBots,
} from '../contract/index.ts';
import { EXIT } from '../process/exit-code.ts';
import { CliFailure } from './failure.ts';

/** The bots of some files, and what is wrong with those that are none. */
export interface ReadFiles {
  readonly bots: readonly ReadBot[];
  readonly problems: readonly Problem[];
}

/** Names are unique here across namespaces too: one machine keeps one ledger a name. */
function checkNames(bots: readonly ReadBot[]): readonly Problem[] {
  return checkDistinct(bots.map((bot) => ({ ...bot, settings: { ...bot.settings, namespace: '' } })));
}

/** Read bots from files. @throws what the file system refuses (`ENOENT`, `EACCES`, …) */
export async function readFiles(paths: readonly string[], folder: string): Promise<ReadFiles> {
  const bots: ReadBot[] = [];
  const problems: Problem[] = [];
  for (const path of paths) {
    const result = readTradingBots(await readFile(resolve(folder, path), 'utf8'), path);
    if (result.ok) bots.push(...result.value);
    else problems.push(...result.problems);
  }
  return { bots, problems: problems.length > 0 ? problems : checkNames(bots) };
}

/** One line a problem: `file:line: path: message`. */
export const problemLines = (problems: readonly Problem[]): readonly string[] =>
  problems.map((problem) => formatProblem(problem));

/** The bots of files that hold. @throws CliFailure with every problem, one a line */
export async function readBotFiles(paths: readonly string[], folder: string): Promise<readonly ReadBot[]> {
  const { bots, problems } = await readFiles(paths, folder);
  if (problems.length > 0) throw new CliFailure(EXIT.SETTINGS, problemLines(problems).join('\n'));
  return bots;
}
