import type { Express, Response } from 'express';

/** The body of every answer that is no success. */
export interface Refusal {
  /** Stable, for programs. */
  readonly code: string;
  /** For people: what was wrong, what is allowed, what to do. */
  readonly message: string;
}

export const refuse = (response: Response, status: number, refusal: Refusal): void => {
  response.status(status).json(refusal);
};

/** 405 for other methods of known paths, 404 for everything else. Added last. */
export function refuseOthers(app: Express, paths: Readonly<Record<string, string>>): void {
  for (const [path, methods] of Object.entries(paths)) {
    app.all(path, (request, response) => {
      response.setHeader('allow', methods);
      refuse(response, 405, {
        code: 'METHOD_NOT_ALLOWED',
        message: `method: was ${request.method}; allowed ${methods}`,
      });
    });
  }
  const known = Object.keys(paths).join(', ');
  app.use((_request, response) => {
    refuse(response, 404, { code: 'NOT_FOUND', message: `there is no such path; there are ${known}` });
  });
}
