/**
 * What a binary frame of the spot WebSocket says, as plain values: texts as they came, int64 as exact numbers.
 * Units are the wire's: times in milliseconds, kline windows in seconds. A field the venue left out is '' or 0 or false.
 */

export interface KlineBody {
  readonly interval: string;
  /** seconds */
  readonly windowStart: number;
  readonly openingPrice: string;
  readonly closingPrice: string;
  readonly highestPrice: string;
  readonly lowestPrice: string;
  /** Base asset. */
  readonly volume: string;
  /** Quote asset. */
  readonly amount: string;
  /** seconds */
  readonly windowEnd: number;
}

export interface DealItem {
  readonly price: string;
  readonly quantity: string;
  /** 1 buy, 2 sell. */
  readonly tradeType: number;
  readonly time: number;
  /** '' from older servers. */
  readonly tradeId: string;
}

export interface MiniTickerBody {
  readonly symbol: string;
  readonly price: string;
  readonly rate: string;
  readonly zonedRate: string;
  readonly high: string;
  readonly low: string;
  /** Quote turnover, unlike the REST field of this name. */
  readonly volume: string;
  /** Base volume. */
  readonly quantity: string;
  readonly lastCloseRate: string;
  readonly lastCloseZonedRate: string;
  readonly lastCloseHigh: string;
  readonly lastCloseLow: string;
}

export interface BookTickerBody {
  readonly bidPrice: string;
  readonly bidQuantity: string;
  readonly askPrice: string;
  readonly askQuantity: string;
}

export interface DepthLevelItem {
  readonly price: string;
  /** "0" removes the level. */
  readonly quantity: string;
}

export interface PrivateOrderBody {
  readonly id: string;
  readonly clientId: string;
  readonly price: string;
  readonly quantity: string;
  readonly amount: string;
  readonly avgPrice: string;
  /** 1 limit, 2 post-only, 3 IOC, 4 FOK, 5 market, 100 stop, 101 OCO stop-limit, 102 OCO limit. */
  readonly orderType: number;
  /** 1 buy, 2 sell. */
  readonly tradeType: number;
  readonly isMaker: boolean;
  readonly remainAmount: string;
  readonly remainQuantity: string;
  readonly lastDealQuantity: string;
  readonly cumulativeQuantity: string;
  readonly cumulativeAmount: string;
  /** 1 new, 2 filled, 3 partially filled, 4 cancelled, 5 partially cancelled (terminal), 0 not stated. */
  readonly status: number;
  readonly createTime: number;
  readonly market: string;
  readonly triggerType: number;
  readonly triggerPrice: string;
  readonly state: number;
  readonly ocoId: string;
  readonly routeFactor: string;
  readonly symbolId: string;
  readonly marketId: string;
  readonly marketCurrencyId: string;
  readonly currencyId: string;
}

export interface PrivateDealBody {
  readonly price: string;
  /** Base asset. */
  readonly quantity: string;
  /** Quote asset. */
  readonly amount: string;
  /** 1 buy, 2 sell. */
  readonly tradeType: number;
  readonly isMaker: boolean;
  readonly isSelfTrade: boolean;
  readonly tradeId: string;
  readonly clientOrderId: string;
  readonly orderId: string;
  readonly feeAmount: string;
  readonly feeCurrency: string;
  readonly time: number;
}

export interface PrivateAccountBody {
  readonly vcoinName: string;
  readonly coinId: string;
  /** Available. */
  readonly balanceAmount: string;
  readonly balanceAmountChange: string;
  readonly frozenAmount: string;
  readonly frozenAmountChange: string;
  readonly type: string;
  readonly time: number;
}

/** The bodies of a push by the name of their wire field. */
export interface PushBodies {
  readonly kline: KlineBody;
  readonly aggreDeals: { readonly deals: readonly DealItem[]; readonly eventType: string };
  readonly miniTicker: MiniTickerBody;
  readonly miniTickers: { readonly items: readonly MiniTickerBody[] };
  readonly aggreBookTicker: BookTickerBody & {
    readonly version: string;
    readonly lastOrderCreateTime: number;
  };
  readonly bookTickerBatch: {
    readonly items: readonly BookTickerBody[];
    readonly version: string;
    readonly lastOrderCreateTime: number;
  };
  readonly aggreDepths: {
    readonly asks: readonly DepthLevelItem[];
    readonly bids: readonly DepthLevelItem[];
    readonly eventType: string;
    readonly fromVersion: string;
    readonly toVersion: string;
    readonly lastOrderCreateTime: number;
  };
  readonly limitDepths: {
    readonly asks: readonly DepthLevelItem[];
    readonly bids: readonly DepthLevelItem[];
    readonly eventType: string;
    readonly version: string;
    readonly lastOrderCreateTime: number;
  };
  readonly privateOrder: PrivateOrderBody;
  readonly privateDeal: PrivateDealBody;
  readonly privateAccount: PrivateAccountBody;
}

export type PushKind = keyof PushBodies;

export interface PushEnvelope {
  readonly channel: string;
  /** '' where the venue names none (all-symbols and account pushes). */
  readonly symbol: string;
  /** When the venue made or sent the push, in ms (whichever it states); 0 when it states neither. */
  readonly time: number;
}

/** One push of a kind this project reads. */
export type PushFrame = {
  readonly [Kind in PushKind]: PushEnvelope & { readonly kind: Kind; readonly body: PushBodies[Kind] };
}[PushKind];

/** A push whose body this project does not know: a channel added later. Counted and skipped, never an error. */
export type DecodedPush = PushFrame | (PushEnvelope & { readonly kind: 'unknown' });
