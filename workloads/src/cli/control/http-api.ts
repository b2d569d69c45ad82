/** The control API of a running service, over HTTP. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import {
  CONTROL_PATHS,
  type ControlLimits,
  controlLimits,
  type ControlOutcome,
  controlOutcome,
  type ControlRequest,
  type ControlState,
  controlState,
} from '../../contract/control-api.ts';
import { EXIT } from '../../process/exit-code.ts';
import { CliFailure } from '../failure.ts';

/** A halt must not hang at the terminal: the service itself answers within a second or two. */
const PATIENCE_MS = 10_000;
/** How much of an unexpected answer is shown. */
const SHOWN = 200;

export interface ControlApi {
  act(request: ControlRequest): Promise<ControlOutcome>;
  state(): Promise<ControlState>;
  limits(): Promise<ControlLimits>;
}

/**
 * Reach the control API at an address such as `http://127.0.0.1:9463`.
 * @throws CliFailure when the address is none, the token file cannot be read or is empty
 */
export async function connectControl(address: string, tokenFile: string): Promise<ControlApi> {
  const base = readAddress(address);
  const token = (await readFile(tokenFile, 'utf8')).trim();
  if (token === '') {
    throw new CliFailure(
      EXIT.NO_INPUT,
      `--token-file: ${tokenFile} is empty; do: write the token of the service into it`,
    );
  }
  const call = async <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body?: ControlRequest,
  ): Promise<z.output<Schema>> => {
    const url = new URL(path, base);
    const response = await send(url, token, body);
    const text = await response.text();
    if (!response.ok) throw refusal(url, response.status, text);
    return readAnswer(url, schema, text);
  };
  return {
    act: (request) => call(CONTROL_PATHS.operations, controlOutcome, request),
    state: () => call(CONTROL_PATHS.state, controlState),
    limits: () => call(CONTROL_PATHS.limits, controlLimits),
  };
}

function readAddress(address: string): URL {
  const text = address.includes('://') ? address : `http://${address}`;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new CliFailure(
    EXIT.USAGE,
    `--address: was ${address}; allowed: host:port or http(s)://host:port, such as http://127.0.0.1:9463`,
  );
}

async function send(url: URL, token: string, body: ControlRequest | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
      redirect: 'error',
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliFailure(
      EXIT.UNAVAILABLE,
      `${url.origin}: no answer (${why}); do: ask the other service (risk and execution both take it), or use the ledger with -f FILE`,
      { cause: error },
    );
  }
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'the token is not the one of the service; do: give its token file with --token-file',
  403: 'the token is not the one of the service; do: give its token file with --token-file',
  404: 'no control API is there; do: give the address of the control port (9463) of risk or execution',
  429: 'too many calls; do: wait a few seconds and ask again with the same --operation-id',
};

function refusal(url: URL, status: number, text: string): CliFailure {
  const why = REASONS[status] ?? `was status ${status}: ${text.slice(0, SHOWN)}`;
  const code = status === 401 || status === 403 ? EXIT.NO_PERMISSION : EXIT.UNAVAILABLE;
  return new CliFailure(code, `${url.origin}: ${why}`);
}

function readAnswer<Schema extends z.ZodType>(url: URL, schema: Schema, text: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new CliFailure(
      EXIT.UNAVAILABLE,
      `${url.origin}: is no control API of this version: was ${text.slice(0, SHOWN)}`,
      { cause: error },
    );
  }
}
