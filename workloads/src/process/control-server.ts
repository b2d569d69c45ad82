/**
 * The control API over HTTP (contract/control-api.ts), on a listener of its own. Everything needs the bearer token, which
 * is read from its file at each request. Requests with the token and requests without are limited apart, so that nobody
 * without it can keep a halt from being heard.
 */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { CONTROL_PATHS, CONTROL_TOKEN_HEADER, controlRequest } from '../contract/control-api.ts';
import { formatProblem } from '../contract/problem.ts';
import { mustText, schemaProblems } from '../contract/wire-problems.ts';
import { SECOND } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ControlTarget } from '../services/control/control-target.ts';
import { carriesToken, type SentToken, SHORTEST_TOKEN } from './bearer-token.ts';
import { RateLimit } from '../services/rate-limit.ts';
import { refuse, refuseOthers } from './refusals.ts';

export interface ControlServerDeps {
  /** What is driven; undefined while the component is not yet there to be driven. */
  readonly target: () => ControlTarget | undefined;
  /** The token as it is now. @throws when there is none: then nobody is let in */
  readonly readToken: () => Promise<string>;
  readonly clock: Clock;
  readonly log: Logger;
}

export const MAX_BODY_BYTES = 16 * 1_024;
const KNOWN = { burst: 40, perSecond: 20 };
const UNKNOWN = { burst: 10, perSecond: 1 };

/** Middleware that lets pass who carries the token, at the rate of its kind. */
function makeGate({ readToken, clock, log }: ControlServerDeps): RequestHandler {
  const known = new RateLimit(KNOWN);
  const unknown = new RateLimit(UNKNOWN);
  const isKnown = async (sent: SentToken): Promise<boolean> => {
    try {
      const token = await readToken();
      if (token.length >= SHORTEST_TOKEN) return carriesToken(sent, token);
      log.error({}, `the control token is shorter than ${SHORTEST_TOKEN} characters: nobody is let in`);
    } catch (error) {
      log.error({ error }, 'the control token cannot be read: nobody is let in');
    }
    return false;
  };
  return async (request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    const allowed = await isKnown({
      authorization: request.headers.authorization,
      own: request.get(CONTROL_TOKEN_HEADER),
    });
    const wait = (allowed ? known : unknown).take(clock.now());
    if (wait > 0) {
      response.setHeader('retry-after', String(Math.ceil(wait / SECOND)));
      refuse(response, 429, { code: 'TOO_MANY_REQUESTS', message: 'too many requests; do: ask again later' });
    } else if (allowed) next();
    else {
      response.setHeader('www-authenticate', 'Bearer');
      refuse(response, 401, {
        code: 'UNAUTHORIZED',
        message: "the control API needs the bot's token; do: send 'Authorization: Bearer <token>'",
      });
    }
  };
}

const STATUS_CODES: Readonly<Record<string, { readonly status: number; readonly message: string }>> = {
  'entity.too.large': { status: 413, message: `body: was too large; allowed ${MAX_BODY_BYTES} bytes` },
  'entity.parse.failed': { status: 400, message: 'body: was no JSON; allowed one JSON object' },
  'encoding.unsupported': { status: 415, message: 'content-encoding: was not supported; allowed identity' },
  'charset.unsupported': { status: 415, message: 'charset: was not supported; allowed utf-8' },
};

function makeErrorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const type = typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
    const known = STATUS_CODES[type];
    if (known !== undefined) {
      refuse(response, known.status, { code: 'INVALID_REQUEST', message: known.message });
      return;
    }
    log.error({ error }, 'a control request failed');
    refuse(response, 500, {
      code: 'INTERNAL',
      message: 'the request failed; do: see the log of this process',
    });
  };
}

/** The HTTP application of the control API. */
export function makeControlApp(deps: ControlServerDeps): Express {
  const { target, log } = deps;
  const app = express().disable('x-powered-by').disable('etag');
  app.use(makeGate(deps));
  const driven =
    (use: (target: ControlTarget) => Promise<unknown>): RequestHandler =>
    async (_request, response) => {
      const found = target();
      if (found !== undefined) response.json(await use(found));
      else {
        refuse(response, 503, {
          code: 'NOT_READY',
          message: 'the component is not running yet; do: see /readyz for why, and ask again',
        });
      }
    };
  app.get(
    CONTROL_PATHS.state,
    driven((found) => found.state()),
  );
  app.get(
    CONTROL_PATHS.limits,
    driven((found) => found.limits()),
  );
  app.post(
    CONTROL_PATHS.operations,
    express.json({ limit: MAX_BODY_BYTES, inflate: false, type: 'application/json' }),
    async (request, response, next) => {
      const raw: unknown = request.body;
      const parsed = controlRequest.safeParse(raw, { error: mustText });
      if (!parsed.success) {
        const [problem] = schemaProblems(parsed.error.issues, raw, controlRequest);
        const message = problem === undefined ? 'the request is invalid' : formatProblem(problem);
        refuse(response, 400, { code: 'INVALID_REQUEST', message });
        return;
      }
      const { operationId, action, actor } = parsed.data;
      log.info({ operationId, action, actor }, 'a control operation was asked for');
      await driven((found) => found.act(parsed.data))(request, response, next);
    },
  );
  refuseOthers(app, {
    [CONTROL_PATHS.state]: 'GET',
    [CONTROL_PATHS.limits]: 'GET',
    [CONTROL_PATHS.operations]: 'POST',
  });
  app.use(makeErrorHandler(log));
  return app;
}
