/**
 * Long texts that are only compared are kept as digests: the files inside ConfigMaps are most of what a bot weighs, and
 * nobody reads them from the cache.
 */
import { hash } from 'node:crypto';

const PREFIX = 'sha256-of-text:';
/** Shorter ones stay as they are: a digest would save nothing. */
const SHORT = 80;

const digestOf = (text: string): string => PREFIX + hash('sha256', text, 'base64url');

/**
 * The text, or its digest when it is longer than `short`. What looks like a digest is digested too, so that nobody can
 * pass a digest off as the text it stands for.
 */
export const digestText = (text: string, short = SHORT): string =>
  text.length > short || text.startsWith(PREFIX) ? digestOf(text) : text;

/** Whether what was kept is the digest of this text. */
export const isDigestOf = (kept: string, text: string): boolean =>
  kept.startsWith(PREFIX) && kept === digestOf(text);
