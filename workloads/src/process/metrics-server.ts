import express, { type Express } from 'express';
import { refuseOthers } from './refusals.ts';

export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** `GET /metrics` in the text format of Prometheus. On a listener of its own: a scrape never waits behind anything else. */
export function makeMetricsApp(metrics: MetricsText): Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.get('/metrics', async (_request, response) => {
    const text = await metrics.text();
    response.setHeader('content-type', metrics.contentType);
    response.setHeader('cache-control', 'no-store');
    response.end(text);
  });
  refuseOthers(app, { '/metrics': 'GET' });
  return app;
}
