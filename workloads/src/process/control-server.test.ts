import { afterEach, describe, expect, it } from '@jest/globals';
import { QUIET_LOGGER } from '../adapters/memory/quiet-logger.ts';
import { EventClock } from '../adapters/memory/event-clock.ts';
import { CONTROL_PATHS, CONTROL_TOKEN_HEADER, type ControlRequest } from '../contract/control-api.ts';
import type { ControlTarget } from '../services/control/control-target.ts';
import { makeControlApp, MAX_BODY_BYTES } from './control-server.ts';
import { type Listener, listen } from './http-listener.ts';

const TOKEN = 'the-token-of-the-test';
const CALL = { operationId: 'operation-1', action: 'halt', actor: 'alice', reason: 'a test' };

let listener: Listener | undefined;
afterEach(async () => {
  await listener?.close();
});

async function serve(changes: { token?: () => Promise<string>; target?: ControlTarget | null } = {}) {
  const acted: ControlRequest[] = [];
  const target = {
    act: (request: ControlRequest) => {
      acted.push(request);
      return Promise.resolve({
        operationId: request.operationId,
        result: 'done' as const,
        message: 'halted',
        state: 'Halted' as const,
      });
    },
    state: () => Promise.resolve({ effectiveState: 'Running' }),
    limits: () => Promise.resolve({ limitsHash: 'h', limits: [] }),
  } as unknown as ControlTarget;
  const app = makeControlApp({
    target: () => (changes.target === null ? undefined : target),
    readToken: changes.token ?? (() => Promise.resolve(TOKEN)),
    clock: new EventClock(1_000),
    log: QUIET_LOGGER,
  });
  listener = await listen(app, { host: '127.0.0.1', port: 0, name: 'control' });
  const { port } = listener;
  const ask = async (path: string, init: RequestInit = {}, token = TOKEN) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
    });
    return {
      status: response.status,
      headers: response.headers,
      json: (await response.json()) as { readonly code?: string; readonly message?: string },
    };
  };
  const post = (body: unknown, token = TOKEN) =>
    ask(CONTROL_PATHS.operations, { method: 'POST', body: JSON.stringify(body) }, token);
  return { acted, ask, post, address: `http://127.0.0.1:${port}` };
}

describe('the control server', () => {
  it('drives the target for who has the token', async () => {
    const { acted, ask, post } = await serve();
    expect((await ask(CONTROL_PATHS.state)).json).toEqual({ effectiveState: 'Running' });
    expect((await ask(CONTROL_PATHS.limits)).json).toEqual({ limitsHash: 'h', limits: [] });
    expect(await post(CALL)).toMatchObject({ status: 200, json: { result: 'done', state: 'Halted' } });
    expect(acted).toEqual([CALL]);
  });

  it('takes the token from its own header, where a proxy keeps the other for itself', async () => {
    const { address } = await serve();
    const state = async (headers: Record<string, string>) =>
      (await fetch(`${address}${CONTROL_PATHS.state}`, { headers })).status;
    expect(await state({ [CONTROL_TOKEN_HEADER]: TOKEN })).toBe(200);
    expect(await state({ [CONTROL_TOKEN_HEADER]: TOKEN, authorization: 'Basic eDp5' })).toBe(200);
    expect(await state({ [CONTROL_TOKEN_HEADER]: `${TOKEN}x` })).toBe(401);
    expect(await state({ [CONTROL_TOKEN_HEADER]: `Bearer ${TOKEN}` })).toBe(401);
  });

  it.each([
    ['no token', ''],
    ['another token', 'the-token-of-the-tesT'],
    ['a longer one', `${TOKEN}x`],
  ])('lets nobody in with %s', async (_, token) => {
    const { acted, ask, post } = await serve();
    expect(await ask(CONTROL_PATHS.state, {}, token)).toMatchObject({
      status: 401,
      json: { code: 'UNAUTHORIZED' },
    });
    expect((await post(CALL, token)).status).toBe(401);
    expect(acted).toEqual([]);
  });

  it('lets nobody in while there is no token, or too short a one', async () => {
    const missing = await serve({ token: () => Promise.reject(new Error('no file')) });
    expect((await missing.post(CALL)).status).toBe(401);
    await listener?.close();
    const short = await serve({ token: () => Promise.resolve('short') });
    expect((await short.post(CALL, 'short')).status).toBe(401);
  });

  it('takes a token that was changed at the next request', async () => {
    let token = TOKEN;
    const { post } = await serve({ token: () => Promise.resolve(token) });
    token = 'another-token-of-the-test';
    expect((await post(CALL)).status).toBe(401);
    expect((await post(CALL, token)).status).toBe(200);
  });

  it('says what is wrong with a request', async () => {
    const { acted, ask, post } = await serve();
    expect(await post({ ...CALL, action: 'stop' })).toMatchObject({
      status: 400,
      json: {
        code: 'INVALID_REQUEST',
        message: 'action: was "stop"; must be one of halt, reduce-only, resume, flatten, hold, release',
      },
    });
    expect((await post({ ...CALL, reson: 'x' })).json.message).toBe(
      'reson: is no known field; did you mean reason?',
    );
    expect(await post({ ...CALL, reason: 'x'.repeat(MAX_BODY_BYTES) })).toMatchObject({ status: 413 });
    const broken = await ask(CONTROL_PATHS.operations, { method: 'POST', body: '{' });
    expect(broken).toMatchObject({
      status: 400,
      json: { message: 'body: was no JSON; allowed one JSON object' },
    });
    expect(acted).toEqual([]);
  });

  it('takes GET and POST where they belong, and nothing else', async () => {
    const { ask } = await serve();
    const wrong = await ask(CONTROL_PATHS.state, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await ask(CONTROL_PATHS.operations)).status).toBe(405);
    expect((await ask('/control/v1/else')).status).toBe(404);
  });

  it('says that the component is not there yet', async () => {
    const { post } = await serve({ target: null });
    expect(await post(CALL)).toMatchObject({ status: 503, json: { code: 'NOT_READY' } });
  });

  it('limits who has no token without keeping out who has it', async () => {
    const { ask, post } = await serve();
    const statuses: number[] = [];
    for (let request = 0; request < 15; request += 1) {
      statuses.push((await ask(CONTROL_PATHS.state, {}, 'somebody-else-entirely')).status);
    }
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    expect((await post(CALL)).status).toBe(200);
  });
});
