/** Messages as people and receivers read them. Pure. */
import type { AlertEvent } from '../../events/event.ts';
import { countMore, type Digest } from './digest.ts';

/** Of an object of ours: a receiver can tell whether it understands it. */
export const MESSAGE_VERSION = 1;
/** Telegram takes 4,096 characters after it has read the text. */
export const LONGEST_TEXT = 3_900;
const LONGEST_MESSAGE = 500;
const LONGEST_VALUE = 120;
const MOST_FACTS = 8;

/** One line, without control characters, of at most so many characters (code points: no pair is cut apart). */
function line(text: string, longest: number): string {
  const characters = Array.from(text.replace(/[\p{Cc}\s]+/gu, ' ').trim());
  return characters.length <= longest ? characters.join('') : `${characters.slice(0, longest - 1).join('')}…`;
}

const timeOf = ({ eventTime }: AlertEvent): string => new Date(eventTime).toISOString();

function alertLines(alert: AlertEvent): readonly string[] {
  const facts = Object.entries(alert.context)
    .slice(0, MOST_FACTS)
    .map(([name, value]) => `  ${line(name, LONGEST_VALUE)}: ${line(value, LONGEST_VALUE)}`);
  return [
    `${alert.level} ${line(alert.code, LONGEST_VALUE)}, ${timeOf(alert)}`,
    line(alert.message, LONGEST_MESSAGE),
    ...facts,
  ];
}

const INCOMPLETE = 'Alerts before this one may have been lost on their way: the journal has them.';

/** The text for a person; `bot` is `<namespace>/<name>`. */
export function messageText(bot: string, digest: Digest): string {
  const { alerts, more, mayBeIncomplete } = digest;
  const tallies = more.map(({ level, code, count }) => `  ${level} ${line(code, LONGEST_VALUE)} ×${count}`);
  const blocks = [
    [bot],
    ...alerts.map(alertLines),
    ...(tallies.length === 0 ? [] : [[`and ${countMore(digest)} more:`, ...tallies]]),
    ...(mayBeIncomplete ? [[INCOMPLETE]] : []),
  ];
  const text = blocks.map((lines) => lines.join('\n')).join('\n\n');
  return text.length <= LONGEST_TEXT
    ? text
    : `${text.slice(0, LONGEST_TEXT).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** The body for a receiver of JSON: the same text, and what it is made of. */
export function jsonBody(bot: string, digest: Digest): string {
  const { alerts, more, mayBeIncomplete } = digest;
  return JSON.stringify({
    version: MESSAGE_VERSION,
    bot,
    text: messageText(bot, digest),
    alerts: alerts.map((alert) => ({
      id: alert.eventId,
      time: timeOf(alert),
      level: alert.level,
      code: alert.code,
      message: alert.message,
      context: alert.context,
    })),
    more,
    mayBeIncomplete,
  });
}

/** The body of Telegram's `sendMessage`, as plain text: nothing in an alert is markup. */
export const telegramBody = (bot: string, digest: Digest, chat: string): string =>
  JSON.stringify({ chat_id: chat, text: messageText(bot, digest) });
