import { describe, expect, it } from '@jest/globals';
import { makeLogger } from './logger.ts';

function capture(level: 'debug' | 'info' = 'info') {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (text: string) => lines.push(JSON.parse(text) as Record<string, unknown>) };
  return { lines, logger: makeLogger({ level, destination }) };
}

describe('the logger', () => {
  it('writes one JSON object a line with level, time, fields and message', () => {
    const { lines, logger } = capture();
    logger.child({ component: 'risk' }).warn({ symbol: 'BTCUSDT' }, 'feed is stale');
    expect(lines).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        component: 'risk',
        symbol: 'BTCUSDT',
        msg: 'feed is stale',
      },
    ]);
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = capture('info');
    logger.debug({}, 'detail');
    logger.error({}, 'trouble');
    expect(lines.map((line) => line['msg'])).toEqual(['trouble']);
  });

  it('follows a level that changes, in what was made before too', () => {
    const lines: string[] = [];
    let level: 'error' | 'debug' = 'error';
    const logger = makeLogger({ level: () => level, destination: { write: (text) => lines.push(text) } });
    const child = logger.child({ component: 'risk' });
    child.info({}, 'unheard');
    level = 'debug';
    child.debug({}, 'heard');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['heard']);
  });

  it.each([[{ password: 'pw-1' }], [{ exchange: { apiSecret: 'pw-1' } }], [{ a: { b: { token: 'pw-1' } } }]])(
    'never writes a secret: %j',
    (fields) => {
      const { lines, logger } = capture();
      logger.info(fields, 'connected');
      expect(JSON.stringify(lines)).not.toContain('pw-1');
      expect(JSON.stringify(lines)).toContain('[redacted]');
    },
  );
});
