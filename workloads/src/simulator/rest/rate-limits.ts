import { type Duration, MINUTE, SECOND, type Timestamp } from '../../domain/time.ts';

/** Limits per address and account. The real ones are contradictory; these are the strictest documented. */
export interface LimitSettings {
  readonly enabled: boolean;
  /** Of an address in 10 s. */
  readonly weightPer10s: number;
  /** Placing and cancelling, of an account in 1 s. */
  readonly orderWritesPerSecond: number;
  /** Requests that come in a burst before the firewall strikes, and how fast room for more comes back. */
  readonly firewallBurst: number;
  readonly firewallPerSecond: number;
  readonly firewallPause: Duration;
  /** So many requests refused with 429 within 10 s lead to a ban. */
  readonly refusalsBeforeBan: number;
  readonly ban: Duration;
}

export const DEFAULT_LIMITS: LimitSettings = {
  enabled: true,
  weightPer10s: 300,
  orderWritesPerSecond: 12,
  firewallBurst: 120,
  firewallPerSecond: 25,
  firewallPause: 90 * SECOND,
  refusalsBeforeBan: 20,
  ban: 2 * MINUTE,
};

/** 403 comes as an HTML page without Retry-After, the others with the seconds to wait. */
export interface LimitBreach {
  readonly status: 403 | 418 | 429;
  readonly retryAfter: number | undefined;
}

interface Window {
  start: Timestamp;
  used: number;
}

interface AddressState {
  readonly weight: Window;
  readonly refusals: Window;
  tokens: number;
  tokensAt: Timestamp;
  pausedUntil: Timestamp;
  bannedUntil: Timestamp;
}

export interface Charge {
  readonly address: string;
  /** Undefined: not an order write. */
  readonly orderAccount: string | undefined;
  readonly weight: number;
}

const WINDOW = 10 * SECOND;
const MOST_ADDRESSES = 10_000;

/** Adds to a fixed window and returns what it holds. */
function use(
  window: Window,
  amount: number,
  at: { readonly now: Timestamp; readonly length: Duration },
): number {
  if (at.now - window.start >= at.length) {
    window.start = at.now - (at.now % at.length);
    window.used = 0;
  }
  window.used += amount;
  return window.used;
}

const secondsUntil = (time: Timestamp, now: Timestamp): number =>
  Math.max(1, Math.ceil((time - now) / SECOND));

/** Who may still ask. Goes by real time, at any speed of the market. */
export class RateLimits {
  #settings: LimitSettings;
  readonly #addresses = new Map<string, AddressState>();
  readonly #orderWrites = new Map<string, Window>();

  constructor(settings: LimitSettings) {
    this.#settings = settings;
  }

  change(settings: Partial<LimitSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  /** Undefined: carry on. */
  charge(charge: Charge, now: Timestamp): LimitBreach | undefined {
    if (!this.#settings.enabled) return undefined;
    const address = this.#address(charge.address, now);
    if (address.bannedUntil > now) {
      return { status: 418, retryAfter: secondsUntil(address.bannedUntil, now) };
    }
    if (this.#isFirewalled(address, now)) return { status: 403, retryAfter: undefined };
    const used = use(address.weight, charge.weight, { now, length: WINDOW });
    if (used > this.#settings.weightPer10s) return this.#refuse(address, address.weight.start + WINDOW, now);
    return this.#chargeOrder(charge, address, now);
  }

  #chargeOrder(charge: Charge, address: AddressState, now: Timestamp): LimitBreach | undefined {
    if (charge.orderAccount === undefined) return undefined;
    const window = this.#orderWrites.get(charge.orderAccount) ?? { start: now, used: 0 };
    this.#orderWrites.set(charge.orderAccount, window);
    const used = use(window, 1, { now, length: SECOND });
    if (used <= this.#settings.orderWritesPerSecond) return undefined;
    return this.#refuse(address, window.start + SECOND, now);
  }

  #refuse(address: AddressState, until: Timestamp, now: Timestamp): LimitBreach {
    const refusals = use(address.refusals, 1, { now, length: WINDOW });
    if (refusals < this.#settings.refusalsBeforeBan) {
      return { status: 429, retryAfter: secondsUntil(until, now) };
    }
    address.bannedUntil = now + this.#settings.ban;
    return { status: 418, retryAfter: secondsUntil(address.bannedUntil, now) };
  }

  #isFirewalled(address: AddressState, now: Timestamp): boolean {
    if (address.pausedUntil > now) return true;
    const { firewallBurst, firewallPerSecond, firewallPause } = this.#settings;
    const refilled = address.tokens + ((now - address.tokensAt) / SECOND) * firewallPerSecond;
    address.tokens = Math.min(firewallBurst, refilled) - 1;
    address.tokensAt = now;
    if (address.tokens >= 0) return false;
    address.pausedUntil = now + firewallPause;
    address.tokens = 0;
    return true;
  }

  #address(name: string, now: Timestamp): AddressState {
    const known = this.#addresses.get(name);
    if (known !== undefined) return known;
    if (this.#addresses.size >= MOST_ADDRESSES) this.#addresses.clear();
    const state = {
      weight: { start: now, used: 0 },
      refusals: { start: now, used: 0 },
      tokens: this.#settings.firewallBurst,
      tokensAt: now,
      pausedUntil: 0,
      bannedUntil: 0,
    };
    this.#addresses.set(name, state);
    return state;
  }
}
