import type { Timestamp } from '../../domain/time.ts';
import type { Account } from '../book/account.ts';
import { type Refusal, refuse } from '../book/refusal.ts';
import type { ApiKey, Permission, Venue } from '../venue.ts';

/** A request as it came over the wire. */
export interface RestRequest {
  readonly method: string;
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly address: string;
}

/** What goes back over the wire. */
export interface RestReply {
  readonly kind: 'reply';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** ms to wait before it is sent. */
  readonly delay: number;
}

/** The connection is cut instead of a reply. */
export interface RestCut {
  readonly kind: 'cut';
}

/** Names and values of a request; the query wins where the body names the same. */
export class Parameters {
  readonly #values = new Map<string, string>();

  constructor(query: string, body: string) {
    for (const text of [query, body]) {
      for (const [name, value] of new URLSearchParams(text)) {
        if (!this.#values.has(name)) this.#values.set(name, value);
      }
    }
  }

  /** '' counts as absent. */
  get(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === '' ? undefined : value;
  }

  entries(): readonly (readonly [string, string])[] {
    return [...this.#values];
  }

  /** A whole number from 0 on. Undefined when absent or anything else. */
  integer(name: string): number | undefined {
    const text = this.get(name);
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  /** At least 1, at most `most`, `usual` when absent or unreadable. */
  limit(usual: number, most: number): number {
    return Math.min(Math.max(this.integer('limit') ?? usual, 1), most);
  }
}

export const missing = (name: string): Refusal =>
  refuse(700004, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);

/** What a route is given. */
export interface RestCall {
  readonly parameters: Parameters;
  readonly venue: Venue;
  readonly now: Timestamp;
  /** `POST /api/v3/order`: what faults are matched with. */
  readonly target: string;
}

export interface SignedCall extends RestCall {
  readonly account: Account;
  readonly key: ApiKey;
}

interface RouteTerms {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Weights of the later 2026 documentation. */
  readonly weight: number;
}

/** What an endpoint answers: anything JSON can say, or a refusal. */
export type PublicRoute = RouteTerms & {
  readonly permission?: undefined;
  handle(call: RestCall): unknown;
};

export type SignedRoute = RouteTerms & {
  readonly permission: Permission;
  /** Placing and cancelling share a pool of their own. */
  readonly isOrderWrite?: true;
  handle(call: SignedCall): unknown;
};

export type Route = PublicRoute | SignedRoute;
