import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { GroupingLedger } from '../../src/ports/ledger.ts';
import { CONTROL_PATHS } from '../../src/contract/control-api.ts';
import { claire, type TemporaryFolder, temporaryFolder } from './claire.ts';
import { seedLedger } from './seeded-ledger.ts';

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('claire control by the ledger', () => {
  let folder: TemporaryFolder;
  /** Stays open for writing: what people ask is asked beside a running bot. */
  let ledger: GroupingLedger;
  const control = (...args: string[]) =>
    claire(['control', ...args, '--actor', 'ada', '--json'], folder.path);

  beforeAll(async () => {
    folder = await temporaryFolder();
    ledger = await seedLedger(folder.path, 'seeded');
  });
  afterAll(async () => {
    await ledger.close();
    await folder.remove();
  });

  it('is found at once by the process that trades', async () => {
    await control('halt', '--reason', 'drill');
    const demands = await ledger.transaction((tx) => tx.demands());
    expect(demands).toMatchObject([{ source: 'control', state: 'Halted', reason: 'ada: drill' }]);
    await control('resume', '--reason', 'done');
  });

  it('halts, shows what holds the bot, and resumes', async () => {
    const halted = await control('halt', '--reason', 'drill', '--operation-id', 'operation-1');
    expect(halted).toMatchObject({ code: 0, stderr: '' });
    expect(json(halted.stdout)).toMatchObject({
      operationId: 'operation-1',
      result: 'done',
      state: 'Halted',
    });
    const state = json((await control('state')).stdout);
    expect(state).toMatchObject({ bot: 'seeded', effectiveState: 'Halted', openPositions: 1 });
    expect(state['demands']).toContainEqual(
      expect.objectContaining({ source: 'control', state: 'Halted', reason: 'ada: drill', latched: true }),
    );
    const resumed = await control('resume', '--reason', 'done');
    expect(json(resumed.stdout)).toMatchObject({ result: 'done' });
  });

  it('refuses another call with an id that was used, and a call without a reason', async () => {
    const other = await control('flatten', '--reason', 'drill', '--operation-id', 'operation-1');
    expect(other.code).toBe(64);
    expect(json(other.stdout)).toMatchObject({ result: 'refused', code: 'OPERATION_CONFLICT' });
    const bare = await control('halt');
    expect(bare).toMatchObject({ code: 64, stdout: '' });
    expect(bare.stderr).toContain('was without a reason; do: add --reason');
  });

  it('says what to do when the limits are asked for without the file of the bot', async () => {
    expect(await control('limits')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('add -f FILE'),
    });
  });
});

describe('claire control by address', () => {
  let folder: TemporaryFolder;
  let server: Server;
  let address: string;
  const asked: { readonly token: string | undefined; readonly path: string; readonly body: string }[] = [];

  const control = (...args: string[]) => claire(['control', ...args, '--json'], folder.path);
  const bodyOf = async (request: IncomingMessage): Promise<string> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    return body;
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    await folder.write('token', 'a-secret\n');
    server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        asked.push({ token: request.headers.authorization, path: request.url ?? '', body });
        const right = request.headers.authorization === 'Bearer a-secret';
        response.statusCode = right ? 200 : 401;
        const operation = request.url === CONTROL_PATHS.operations;
        const answer = operation
          ? { operationId: 'operation-9', result: 'pending', message: 'in force in memory', state: 'Halted' }
          : { limitsHash: 'abc', limits: [{ name: 'capital', value: '10000', used: null }] };
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    address = typeof bound === 'object' && bound !== null ? `127.0.0.1:${bound.port}` : '';
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await folder.remove();
  });

  it('sends the call with the token of the file, and shows what came of it', async () => {
    const args = [
      '--address',
      address,
      '--token-file',
      'token',
      '--actor',
      'ada',
      '--operation-id',
      'operation-9',
    ];
    const halted = await control('halt', '--reason', 'drill', ...args);
    expect(halted).toMatchObject({ code: 0, stderr: '' });
    expect(json(halted.stdout)).toMatchObject({ result: 'pending', state: 'Halted' });
    expect(asked.at(-1)).toMatchObject({ token: 'Bearer a-secret', path: CONTROL_PATHS.operations });
    expect(json(asked.at(-1)!.body)).toEqual({
      operationId: 'operation-9',
      action: 'halt',
      actor: 'ada',
      reason: 'drill',
    });
    const limits = await control('limits', '--address', address, '--token-file', 'token');
    expect(json(limits.stdout)).toMatchObject({ limitsHash: 'abc' });
  });

  it('says what to do when the token is wrong, and when nobody answers; the token is never shown', async () => {
    await folder.write('other', 'wrong-secret');
    const refused = await control('state', '--address', address, '--token-file', 'other');
    expect(refused).toMatchObject({ code: 77, stderr: expect.stringContaining('the token is not the one') });
    const nobody = await control('state', '--address', '127.0.0.1:1', '--token-file', 'token');
    expect(nobody).toMatchObject({ code: 69, stderr: expect.stringContaining('ask the other service') });
    for (const { stderr } of [refused, nobody]) expect(stderr).not.toContain('secret');
  });
});
