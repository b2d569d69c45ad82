import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { findDrift, renderDocuments } from '../../../scripts/generate-docs.ts';
import { apiSchema, listFields } from '../../../scripts/tradingbot-reference.ts';

const SCRIPT = new URL('../../../scripts/generate-docs.ts', import.meta.url).pathname;

describe('the generated documents', () => {
  it('are what the code says', async () => {
    expect(await findDrift(await renderDocuments())).toEqual([]);
  });

  it('name the file that drifted', async () => {
    const documents = new Map(await renderDocuments());
    documents.set('docs/tradingbot.md', `${documents.get('docs/tradingbot.md') ?? ''}x`);
    documents.set('docs/not-there.md', '');
    expect(await findDrift(documents)).toEqual(['docs/tradingbot.md', 'docs/not-there.md']);
  });

  it('describe every field of the API', async () => {
    const page = (await renderDocuments()).get('docs/tradingbot.md') ?? '';
    const fields = listFields({ path: '', schema: apiSchema() }).filter(({ path }) => path !== 'spec');
    expect(fields.length).toBeGreaterThan(150);
    expect(fields.filter(({ path }) => !page.includes(`\`${path}\``)).map(({ path }) => path)).toEqual([]);
  });

  it('are checked by one command', () => {
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
