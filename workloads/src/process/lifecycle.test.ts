import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Interrupted, makeLifecycle } from './lifecycle.ts';

describe('the lifecycle', () => {
  it('aborts on the first signal and forces on the second', () => {
    const source = new EventEmitter();
    let forced = 0;
    const lifecycle = makeLifecycle(source, () => (forced += 1));
    expect(lifecycle.signal.aborted).toBe(false);
    source.emit('SIGTERM');
    expect(lifecycle.signal.reason).toEqual(new Interrupted('SIGTERM'));
    expect(forced).toBe(0);
    source.emit('SIGINT');
    expect(forced).toBe(1);
  });

  it('leaves no listener behind when released', () => {
    const source = new EventEmitter();
    makeLifecycle(source, () => undefined).release();
    expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
  });
});
