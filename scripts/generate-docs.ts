/**
 * Writes the documents that are made from code, in the house format. With `--check` it writes nothing and exits 1 when one
 * of them differs from what the code says, naming it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { CRD_NAME, tradingBotCrd } from '../cdk8s/src/index.ts';
import { riskCodeTable } from '../workloads/src/domain/risk/codes.ts';
import { renderReference } from './tradingbot-reference.ts';

const ROOT = new URL('../', import.meta.url);

const readText = (path: string): Promise<string> => readFile(new URL(path, ROOT), 'utf8');

const renderRiskCodes = (): string => `# Risk codes

Every verdict of the risk manager carries one of these codes. Generated from the registry by \`make docs\`; do not edit.

${riskCodeTable()}
`;

const renderCrd =
  (): string => `# The CustomResourceDefinition of TradingBot. Generated from the contract by \`make docs\`; do not edit.
${stringify(tradingBotCrd(), { lineWidth: 0, aliasDuplicateObjects: false })}`;

/** Each generated file with its text. */
export async function renderDocuments(): Promise<ReadonlyMap<string, string>> {
  const documents = new Map([
    [`charts/claire/files/${CRD_NAME}.yaml`, renderCrd()],
    ['docs/tradingbot.md', renderReference(await readText('examples/reference.yaml'))],
    ['docs/risk-codes.md', renderRiskCodes()],
  ]);
  const style = await resolveConfig(new URL('docs/tradingbot.md', ROOT));
  const formatted = [...documents].map(
    async ([path, text]) =>
      [path, await format(text, { ...style, parser: path.endsWith('.md') ? 'markdown' : 'yaml' })] as const,
  );
  return new Map(await Promise.all(formatted));
}

/** The generated files whose text on disk is not what the code says, or that are missing. */
export async function findDrift(documents: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const checked = [...documents].map(async ([path, text]) => {
    const stored = await readText(path).catch(() => undefined);
    return stored === text ? [] : [path];
  });
  return (await Promise.all(checked)).flat();
}

async function main(check: boolean): Promise<void> {
  const documents = await renderDocuments();
  const drifted = await findDrift(documents);
  for (const path of drifted) {
    if (check) console.error(`${path} differs from the code: run 'make docs'`);
    else await writeFile(new URL(path, ROOT), documents.get(path) ?? '');
  }
  if (check && drifted.length > 0) process.exitCode = 1;
}

if (import.meta.main) await main(process.argv.includes('--check'));
