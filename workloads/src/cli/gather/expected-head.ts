import { EXIT } from '../../process/exit-code.ts';
import { COMPONENTS } from '../../ports/ledger.ts';
import { CliFailure } from '../failure.ts';
import type { Witnessed } from './verification.ts';

const FORM = /^([a-z]+):(\d{1,15}):([0-9a-f]{64})$/;

/** The text `--expect-head` takes. */
export const formatHead = ({ component, count, hash }: Witnessed): string => `${component}:${count}:${hash}`;

/** Read `COMPONENT:COUNT:HASH`, as a summary or an earlier verification printed it. @throws CliFailure */
export function parseExpectedHead(text: string): Witnessed {
  const [, name, count, hash] = FORM.exec(text) ?? [];
  const component = COMPONENTS.find((one) => one === name);
  if (component !== undefined && count !== undefined && hash !== undefined) {
    return { component, count: Number(count), hash };
  }
  throw new CliFailure(
    EXIT.USAGE,
    `--expect-head: was ${JSON.stringify(text.slice(0, 100))}; allowed COMPONENT:COUNT:HASH with a component of ${COMPONENTS.join(', ')} and a hash of 64 hexadecimal digits`,
  );
}
