/** The rule files of the project, as data. */
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';

export const ROOT = new URL('../../../', import.meta.url);
const FOLDER = new URL('prometheus-rules/', ROOT);

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}
export interface RuleFile {
  readonly file: string;
  readonly text: string;
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly (AlertRule | RecordingRule)[];
  }[];
}
export interface TestCase {
  readonly name: string;
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts?: readonly unknown[];
  }[];
}

const yamlFiles = async (folder: URL): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();

export async function readRuleFiles(): Promise<readonly RuleFile[]> {
  const files = await yamlFiles(FOLDER);
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(file, FOLDER), 'utf8');
      return { file, text, ...(parse(text) as Pick<RuleFile, 'groups'>) };
    }),
  );
}

export async function readTestCases(): Promise<readonly TestCase[]> {
  const folder = new URL('tests/', FOLDER);
  const files = await yamlFiles(folder);
  const read = files.map(
    async (file) => parse(await readFile(new URL(file, folder), 'utf8')) as { tests: readonly TestCase[] },
  );
  return (await Promise.all(read)).flatMap(({ tests }) => tests);
}

export const alertsOf = (files: readonly RuleFile[]): readonly AlertRule[] =>
  files.flatMap(({ groups }) => groups.flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule)));
export const recordsOf = (files: readonly RuleFile[]): readonly RecordingRule[] =>
  files.flatMap(({ groups }) => groups.flatMap(({ rules }) => rules.filter((rule) => 'record' in rule)));
