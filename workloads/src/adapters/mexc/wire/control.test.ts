import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bookTickerChannel, dealsChannel, klineChannel } from './channels.ts';
import { readReply, writeEcho, writePong, writeRefusal, writeRequest } from './control.ts';

const A = klineChannel('BTCUSDT', 'Min1');
const B = dealsChannel('ETHUSDT', '100ms');

describe('control messages', () => {
  it('names channels with the symbol where the venue wants it', () => {
    expect(A).toBe('spot@public.kline.v3.api.pb@BTCUSDT@Min1');
    expect(B).toBe('spot@public.aggre.deals.v3.api.pb@100ms@ETHUSDT');
    expect(bookTickerChannel('XUSDT', '10ms')).toBe('spot@public.aggre.bookTicker.v3.api.pb@10ms@XUSDT');
  });

  it('tells an echo from a refusal although both have code 0', () => {
    expect(readReply(writeEcho(7, [B, A]))).toEqual({ kind: 'echo', id: 7, channels: [B, A] });
    expect(
      readReply(`{"id":0,"code":0,"msg":"Not Subscribed successfully! [${A},${B}].  Reason： Blocked! "}`),
    ).toEqual({
      kind: 'refused',
      id: 0,
      channels: [A, B],
    });
    expect(readReply(writeRefusal(3, [A]))).toEqual({ kind: 'refused', id: 3, channels: [A] });
    expect(readReply(writeRefusal(3, []))).toEqual({ kind: 'refused', id: 3, channels: [] });
  });

  it.each([
    ['a pong', writePong(), { kind: 'pong' }],
    ['an invalid key, which is not JSON', 'Invalid listen key', { kind: 'invalid-listen-key' }],
    ['text', 'hello', { kind: 'other', text: 'hello' }],
    ['a number', '7', { kind: 'other', text: '7' }],
    ['a message that is no text', '{"msg":7}', { kind: 'other', text: '{"msg":7}' }],
  ])('reads %s', (_name, text, expected) => {
    expect(readReply(text)).toEqual(expected);
  });

  it('writes requests as the venue documents them', () => {
    expect(writeRequest({ method: 'SUBSCRIPTION', params: [A], id: 1 })).toBe(
      `{"method":"SUBSCRIPTION","params":["${A}"],"id":1}`,
    );
    expect(writeRequest({ method: 'PING' })).toBe('{"method":"PING"}');
  });

  it('reads any text without throwing and keeps little of it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ minLength: 300, maxLength: 400 })), (text) => {
        const reply = readReply(text);
        return reply.kind !== 'other' || reply.text.length <= 200;
      }),
      { seed: 44, numRuns: 2_000 },
    );
  });
});
