import { describe, expect, it } from '@jest/globals';
import { isSimulatorAddress } from './simulator-address.ts';

describe('the address of a simulator', () => {
  it.each([
    'http://127.0.0.1:8790',
    'http://localhost:8790',
    'ws://[::1]:8790/ws',
    'http://simulator:8790',
    'http://simulator.bots.svc:8790',
    'http://simulator.bots.svc.cluster.local',
    'http://10.0.0.7:8790',
    'http://172.20.1.2',
    'http://192.168.1.5',
    'http://[fd00::1]:8790',
  ])('may be %s', (address) => {
    expect(isSimulatorAddress(address)).toBe(true);
  });

  it.each([
    'https://api.mexc.com',
    'wss://wbs-api.mexc.com/ws',
    'http://8.8.8.8',
    'http://172.32.0.1',
    'http://127.0.0.1.example.com',
    'http://svc.example.com',
    'http://[2001:db8::1]',
    'no address',
  ])('is never %s', (address) => {
    expect(isSimulatorAddress(address)).toBe(false);
  });
});
