import express, { type Express } from 'express';
import type { Readiness } from './readiness.ts';
import { refuseOthers } from './refusals.ts';

export interface HealthDeps {
  readonly readiness: Readiness;
  /** What `/status` shows: settings in force, versions, how the component sees itself. Nothing secret. */
  readonly status: () => unknown;
}

/**
 * The probes and the status of a process. `/livez` answers while the event loop turns and looks at nothing else, so that a
 * neighbour that is away never gets this process killed; `/readyz` says why not with 503.
 */
export function makeHealthApp({ readiness, status }: HealthDeps): Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.use((_request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    next();
  });
  app.get('/livez', (_request, response) => {
    response.json({ alive: true });
  });
  app.get('/readyz', (_request, response) => {
    const { isReady, reasons } = readiness;
    response.status(isReady ? 200 : 503).json({ ready: isReady, reasons });
  });
  app.get('/status', (_request, response) => {
    response.json(status());
  });
  refuseOthers(app, { '/livez': 'GET', '/readyz': 'GET', '/status': 'GET' });
  return app;
}
