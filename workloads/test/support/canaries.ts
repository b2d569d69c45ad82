/** Values that stand for secrets, so that a leak of one can be found wherever it went. */

export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** What somebody could read, and where. */
export interface Readable {
  readonly where: string;
  readonly text: string;
}

export interface Leak {
  readonly canary: string;
  readonly where: string;
  /** As it is, or in which disguise. */
  readonly form: string;
}

/** How a secret may come out: as a header, in a URL, in a Secret's data, in a dump. */
const FORMS: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  base64: (value) => Buffer.from(value).toString('base64').replace(/=+$/, ''),
  hex: (value) => Buffer.from(value).toString('hex'),
  'in a URL': (value) => encodeURIComponent(value),
  'in JSON': (value) => JSON.stringify(value).slice(1, -1),
};
/** A part of a secret is a leak as well. */
const LONGEST_PART = 12;

/** Every leak of a canary in what is readable. */
export function findLeaks(canaries: readonly Canary[], readable: readonly Readable[]): readonly Leak[] {
  return canaries.flatMap(({ name, value }) =>
    Object.entries({ ...FORMS, 'in part': (whole: string) => whole.slice(-LONGEST_PART) }).flatMap(
      ([form, disguise]) =>
        readable
          .filter(({ text }) => text.includes(disguise(value)))
          .map(({ where }) => ({ canary: name, where, form })),
    ),
  );
}
