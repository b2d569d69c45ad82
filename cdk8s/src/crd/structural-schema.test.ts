import { describe, expect, it } from '@jest/globals';
import {
  type JsonSchema,
  NotStructuralError,
  type PostProcessing,
  toStructural,
} from './structural-schema.ts';

const how = (some: Partial<PostProcessing> = {}): PostProcessing => ({
  lists: {},
  withoutDefault: () => false,
  rules: new Map(),
  formRules: () => [],
  ...some,
});
const text = { type: 'string', description: 'A text.', maxLength: 5 };
const object = (properties: JsonSchema): JsonSchema => ({
  type: 'object',
  description: 'A map.',
  properties,
  additionalProperties: false,
});

describe('the structural post-processor', () => {
  it.each<readonly [string, JsonSchema, Partial<PostProcessing>, string]>([
    ['a union', { ...text, anyOf: [] }, {}, 'has anyOf'],
    ['a reference', { ...text, $ref: '#' }, {}, 'has $ref'],
    ['a nullable type', { ...text, nullable: true }, {}, 'has nullable'],
    ['no type', { description: 'A text.' }, {}, 'has the type undefined'],
    ['a number', { type: 'number', description: 'A number.' }, {}, 'has the type "number"'],
    ['no description', { type: 'string', maxLength: 5 }, {}, 'has no description'],
    ['a text without bound', { type: 'string', description: 'A text.' }, {}, 'has no bound'],
    ['a number without bound', { type: 'integer', description: 'A number.', minimum: 0 }, {}, 'has no bound'],
    ['a look-ahead', { ...text, pattern: '^(?=a)' }, {}, 'has the pattern ^(?=a), which RE2'],
    [
      'a list of no kind',
      { type: 'array', description: 'A list.', maxItems: 1, items: text },
      {},
      'is a list that is neither atomic',
    ],
    [
      'a governed default',
      { ...text, default: 'a' },
      { withoutDefault: () => true },
      'has a default, which would hide',
    ],
    [
      'named and free fields together',
      { ...object({ a: text }), additionalProperties: text, maxProperties: 1 },
      {},
      'has both named fields and free ones',
    ],
    ['a free map without bound', { ...object({}), additionalProperties: text }, {}, 'has no bound'],
  ])('refuses %s', (_, field, some, why) => {
    const convert = () => toStructural(object({ field }), 'spec', how(some));
    expect(convert).toThrow(NotStructuralError);
    expect(convert).toThrow(`spec.field ${why}`);
  });

  it('refuses a rule and a kind of list that meet no field', () => {
    const rules = new Map([['spec.gone', []]]);
    expect(() => toStructural(object({ text }), 'spec', how({ rules }))).toThrow('spec.gone is not there');
    const lists = { 'spec.gone': 'set' } as const;
    expect(() => toStructural(object({ text }), 'spec', how({ lists }))).toThrow('spec.gone is not there');
  });

  it('completes the default of a map with the defaults of its fields, at every depth', () => {
    const inner = { ...object({ text: { ...text, default: 'a' }, other: text }), default: {} };
    const schema = toStructural(object({ outer: { ...object({ inner }), default: {} } }), 'spec', how());
    expect(schema.properties?.['outer']?.default).toEqual({ inner: { text: 'a' } });
  });

  it('drops what only the API reference reads', () => {
    const field = { ...text, 'x-claire-form': 'text' };
    expect(toStructural(object({ field }), 'spec', how()).properties?.['field']).toEqual(text);
  });
});
