import { readFile } from 'node:fs/promises';
import {
  formatProblem,
  parseProcessSettings,
  type ProcessName,
  type ProcessSettings,
  type SettingsText,
} from '../contract/index.ts';
import { SettingsError } from './settings-error.ts';

export interface ProcessFilePaths {
  readonly config: string;
  readonly hot: string;
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a folder; a file is needed',
};

/** @throws SettingsError naming the file */
export async function readSettingsFile(file: string): Promise<SettingsText> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    const why = WHY[code] ?? `cannot be read (${code})`;
    throw new SettingsError(`${file}: ${why}; do: write it with 'claire process-config', or name another`);
  }
}

/** @throws SettingsError with one line: the first problem, and how many more there are */
export function parseFiles<Name extends ProcessName>(
  name: Name,
  files: { readonly config: SettingsText; readonly hot: SettingsText },
): ProcessSettings<Name> {
  const result = parseProcessSettings(name, files);
  if (result.ok) return result.value;
  const [first, ...more] = result.problems.map(formatProblem);
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  throw new SettingsError(`${first ?? 'the settings are invalid'}${rest}`);
}
