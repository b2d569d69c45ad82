/**
 * Whether a live object holds everything that is desired of it. The server adds defaults, so the live one may hold more;
 * it rewrites quantities (`1000m` is `1`), and drops what is empty. Of long texts the cache may have the digest only.
 */

import { isDigestOf } from './digest.ts';

type Json = unknown;

/** Whether it is an object with fields: neither a list nor null. */
export const isMap = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (value: Json): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isMap(value) && Object.values(value).every((part) => isEmpty(part)));

const SUFFIXES: Readonly<Record<string, readonly [base: bigint, power: number]>> = {
  n: [10n, -9],
  u: [10n, -6],
  m: [10n, -3],
  '': [10n, 0],
  k: [10n, 3],
  M: [10n, 6],
  G: [10n, 9],
  T: [10n, 12],
  P: [10n, 15],
  E: [10n, 18],
  Ki: [2n, 10],
  Mi: [2n, 20],
  Gi: [2n, 30],
  Ti: [2n, 40],
  Pi: [2n, 50],
  Ei: [2n, 60],
};

/** A Kubernetes quantity as billionths, exact; undefined when the text is none. */
export function quantityOf(text: string): bigint | undefined {
  const match = /^([0-9]+)(?:\.([0-9]{1,9}))?([numkMGTPE]|[KMGTPE]i)?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = '0', fraction = '', suffix = ''] = match;
  const scale = SUFFIXES[suffix];
  if (scale === undefined) return undefined;
  const units = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  const [base, power] = scale;
  return power >= 0 ? units * base ** BigInt(power) : units / base ** BigInt(-power);
}

function sameScalar(live: Json, desired: Json): boolean {
  if (live === desired) return true;
  if (typeof live === 'string' && typeof desired === 'string' && isDigestOf(live, desired)) return true;
  if (typeof live !== 'string' && typeof live !== 'number') return false;
  if (typeof desired !== 'string' && typeof desired !== 'number') return false;
  const have = quantityOf(String(live));
  return have !== undefined && have === quantityOf(String(desired));
}

/** The first place where `live` lacks what is desired; undefined when it holds everything. */
export function firstDifference(live: Json, desired: Json): string | undefined {
  if (live === desired || (isEmpty(desired) && isEmpty(live))) return undefined;
  if (Array.isArray(desired)) return listDifference(live, desired);
  if (!isMap(desired)) return sameScalar(live, desired) ? undefined : '';
  if (!isMap(live)) return '';
  for (const name of Object.keys(desired)) {
    const found = firstDifference(live[name], desired[name]);
    // Put together on the way back only: nearly always there is none.
    if (found !== undefined) return `.${name}${found}`;
  }
  return undefined;
}

const hasName = (item: Json): item is Readonly<{ name: string }> =>
  isMap(item) && typeof item['name'] === 'string';

/** Named items are found by name and may have foreign neighbours; other lists must match item by item. */
function listDifference(live: Json, desired: readonly Json[]): string | undefined {
  if (!Array.isArray(live)) return '';
  const named = desired.length > 0 && desired.every((item) => hasName(item));
  if (!named && live.length !== desired.length) return '';
  for (const [place, item] of desired.entries()) {
    const other: Json = named
      ? live.find((one: Json) => hasName(one) && one.name === (item as { name: string }).name)
      : live[place];
    const found = firstDifference(other, item);
    if (found !== undefined) return `[${place}]${found}`;
  }
  return undefined;
}
