import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { makeHotFrameReader } from './hot-frames.ts';
import { exactInteger, type WireInt64 } from './int64.ts';
import type { DecodedPush, PushEnvelope, PushFrame, PushKind } from './push-frame.ts';
import { WireError } from './wire-error.ts';

/** Reads and writes the binary frames of the spot WebSocket: the client reads, the simulator writes. */
export interface PushCodec {
  /** Unknown fields are skipped. @throws WireError PROTOBUF_MALFORMED or INT64_RANGE */
  decode(bytes: Uint8Array): DecodedPush;
  /** proto3 defaults are left out, as the venue does. Klines carry createTime, all else sendTime. */
  encode(frame: PushFrame): Uint8Array;
}

type Fields = Readonly<Record<string, unknown>>;

/** Most frequent first: a frame is looked through in this order. */
const KINDS: readonly PushKind[] = [
  'kline',
  'aggreDeals',
  'aggreBookTicker',
  'bookTickerBatch',
  'miniTickers',
  'miniTicker',
  'aggreDepths',
  'limitDepths',
  'privateOrder',
  'privateDeal',
  'privateAccount',
];

const ZEROS: Readonly<Record<string, unknown>> = { string: '', bool: false, int32: 0 };

function plainValue(field: protobuf.Field, value: unknown): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) {
    return field.repeated ? (value as readonly Fields[]).map((item) => plain(resolvedType, item)) : value;
  }
  if (field.type === 'int64') return exactInteger((value ?? undefined) as WireInt64);
  return value ?? ZEROS[field.type];
}

/** Any message as a plain object with every field of its type, absent ones as '' or 0 or false. */
function plain(type: protobuf.Type, raw: Fields): Fields {
  const result: Record<string, unknown> = {};
  for (const field of type.fieldsArray) result[field.name] = plainValue(field, raw[field.name]);
  return result;
}

const isDefault = (value: unknown): boolean => value === '' || value === 0 || value === false;

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, entry]) => !isDefault(entry));
  return Object.fromEntries(kept.map(([name, entry]) => [name, withoutDefaults(entry)]));
}

function readBody(types: ReadonlyMap<PushKind, protobuf.Type>, kind: PushKind, raw: Fields): unknown {
  const type = types.get(kind);
  return type === undefined ? raw : plain(type, raw);
}

function readEnvelope(raw: Fields): PushEnvelope {
  const made = exactInteger((raw.createTime ?? undefined) as WireInt64);
  return {
    channel: raw.channel as string,
    symbol: (raw.symbol ?? '') as string,
    time: made === 0 ? exactInteger((raw.sendTime ?? undefined) as WireInt64) : made,
  };
}

/** Reads the hot kinds without reflection, all else by `push-data.proto`. */
export function makePushCodec(): PushCodec {
  const general = makeGeneralPushCodec();
  const readHot = makeHotFrameReader();
  return {
    decode: (bytes) => readHot(bytes) ?? general.decode(bytes),
    encode: (frame) => general.encode(frame),
  };
}

/** A codec over `push-data.proto`, which stands beside this file: slower, and the judge of every frame. */
export function makeGeneralPushCodec(): PushCodec {
  const text = readFileSync(new URL('push-data.proto', import.meta.url), 'utf8');
  const wrapper = protobuf.parse(text, { keepCase: true }).root.lookupType('mexc.PushData');
  wrapper.root.resolveAll();
  const types = new Map<PushKind, protobuf.Type>();
  for (const kind of KINDS) {
    const type = wrapper.fields[kind]?.resolvedType;
    if (type instanceof protobuf.Type) types.set(kind, type);
  }

  const parse = (bytes: Uint8Array): Fields => {
    try {
      const reader = protobuf.Reader.create(bytes);
      // Keeping what nobody reads would let a hostile frame hold memory.
      reader.discardUnknown = true;
      return wrapper.decode(reader);
    } catch (error) {
      throw new WireError('PROTOBUF_MALFORMED', `a frame of ${bytes.length} bytes is not a push`, error);
    }
  };

  return {
    decode: (bytes) => {
      const raw = parse(bytes);
      const envelope = readEnvelope(raw);
      const kind = KINDS.find((name) => raw[name] !== undefined && raw[name] !== null);
      if (kind === undefined) return { kind: 'unknown', ...envelope };
      return { kind, ...envelope, body: readBody(types, kind, raw[kind] as Fields) } as PushFrame;
    },
    encode: (frame) => {
      const time = frame.kind === 'kline' ? { createTime: frame.time } : { sendTime: frame.time };
      const content = { channel: frame.channel, symbol: frame.symbol, ...time, [frame.kind]: frame.body };
      return wrapper.encode(wrapper.fromObject(withoutDefaults(content) as Fields)).finish();
    },
  };
}
