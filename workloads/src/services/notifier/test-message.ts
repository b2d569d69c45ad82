/** A message that proves the way to a person before there is need of it. */
import { SECOND } from '../../domain/time.ts';
import { alertEvent } from '../alert-event.ts';
import { addAlert, NOTHING } from './digest.ts';
import { type SendDeps, type Sent, sendOnce } from './send-once.ts';

/** A person waits for it. */
const TIMEOUT = 10 * SECOND;

/** Sends it once, whatever level of alerts is asked for. Never throws. */
export function sendTestMessage(deps: Omit<SendDeps, 'timeout'>): Promise<Sent> {
  const eventTime = deps.clock.now();
  const alert = alertEvent(deps, {
    name: 'TradingTestMessage',
    about: [eventTime],
    eventTime,
    message: 'This is a test that somebody asked for: alerts of this bot arrive here. Nothing is the matter.',
    context: {},
  });
  return sendOnce(addAlert(NOTHING, alert), { ...deps, timeout: TIMEOUT });
}
