import { describe, expect, it } from '@jest/globals';
import { signParameters } from './signing.ts';
import { writeQuery } from './wire/query.ts';

// The key pair of the venue's own documentation; it opens nothing.
const SECRET = '45d0b3c26f2644f19bfb98b07741b2f5';

describe('signing', () => {
  it('agrees with the vector of a plain query', () => {
    const query = writeQuery({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      quantity: '1',
      price: '11',
      recvWindow: 5_000,
      timestamp: 1_644_489_390_087,
    });
    expect(signParameters(SECRET, query)).toBe(
      'fd3e4e8543c5188531eb7279d68ae7d26a573d0fc5ab0d18eb692451654d837a',
    );
  });

  it('agrees with the vector of a query followed by a body without an ampersand', () => {
    const query = writeQuery({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT' });
    const body = writeQuery({ quantity: '1', price: '11', recvWindow: 5_000, timestamp: 1_644_489_390_087 });
    expect(signParameters(SECRET, `${query}${body}`)).toBe(
      'd1a676610ceb39174c8039b3f548357994b2a34139a8addd33baadba65684592',
    );
  });

  it('does not agree with the wrong digest of the first documented example', () => {
    const query =
      'symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=11&recvWindow=5000&timestamp=1644489390087';
    expect(signParameters(SECRET, query)).not.toMatch(/^323c96ab.*a117$/);
  });

  it('encodes non-ASCII symbols and separators in upper-case hex and leaves out what is undefined', () => {
    expect(writeQuery({ symbol: '龙虾USDT', ids: 'a,b', price: undefined })).toBe(
      'symbol=%E9%BE%99%E8%99%BEUSDT&ids=a%2Cb',
    );
  });
});
