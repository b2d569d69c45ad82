import { createHash } from 'node:crypto';

/** What the simulator calls itself. */
export const SIMULATOR_NAME = 'claire-mexc-simulator';
export const HANDSHAKE_PATH = '/simulator/handshake';

/**
 * The answer to a handshake's challenge. It proves nothing but that a server knows this rule, which is what is asked:
 * whether orders meant for a simulator would go to one. The exchange itself cannot give it.
 */
export const handshakeAnswer = (challenge: string): string =>
  createHash('sha256').update(`${SIMULATOR_NAME}/1:${challenge}`).digest('hex');
