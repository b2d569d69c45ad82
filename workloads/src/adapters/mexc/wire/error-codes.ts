/**
 * The error codes of MEXC's spot API with the reaction each calls for.
 *
 * - `retryable`: a read may be repeated after a pause.
 * - `wait`: repeat no sooner than the venue says (Retry-After), else after a long pause.
 * - `reconcile`: it is not known what the venue did; look before anything is sent again.
 * - `terminal`: the same request will be refused again.
 * - `credentials`: terminal, and a person has to see to the key, its permissions or its addresses.
 */
export type ErrorClass = 'retryable' | 'wait' | 'reconcile' | 'terminal' | 'credentials';

export interface VenueErrorCode {
  readonly code: number;
  /** Stable name, used in verdicts, metrics and order reasons. */
  readonly name: string;
  readonly class: ErrorClass;
  /** The text the venue is known to send, or its meaning. */
  readonly message: string;
  /** The server clock has to be read again first. */
  readonly resync?: true;
  /** exchangeInfo has to be read again: what we know of the symbol is outdated. */
  readonly rereadInstrument?: true;
}

const of = (code: number, name: string, errorClass: ErrorClass, message: string): VenueErrorCode => ({
  code,
  name,
  class: errorClass,
  message,
});

const ROWS: readonly VenueErrorCode[] = [
  of(-2011, 'UNKNOWN_ORDER', 'reconcile', 'Unknown order sent.'),
  of(-2013, 'ORDER_NOT_FOUND', 'reconcile', 'Order does not exist.'),
  { ...of(-1121, 'INVALID_SYMBOL', 'terminal', 'Invalid symbol.'), rereadInstrument: true },
  of(-1128, 'INVALID_COMBINATION', 'terminal', 'Combination of optional parameters invalid.'),
  of(26, 'OPERATION_NOT_ALLOWED', 'terminal', 'operation not allowed'),
  of(400, 'API_KEY_REQUIRED', 'credentials', 'api key required'),
  of(401, 'NO_AUTHORITY', 'credentials', 'No authority'),
  of(403, 'ACCESS_DENIED', 'terminal', 'Access Denied'),
  of(418, 'BANNED', 'wait', 'Banned for exceeding the rate limit'),
  of(429, 'TOO_MANY_REQUESTS', 'wait', 'Too Many Requests'),
  of(500, 'SERVER_ERROR', 'reconcile', 'Internal error'),
  of(503, 'SERVICE_UNAVAILABLE', 'reconcile', 'Service not available, please try again'),
  of(504, 'GATEWAY_TIMEOUT', 'reconcile', 'Gateway Time-out'),
  of(602, 'SIGNATURE_FAILED', 'credentials', 'Signature verification failed'),
  { ...of(10007, 'SYMBOL_NOT_SUPPORTED', 'terminal', 'symbol not support api'), rereadInstrument: true },
  of(10072, 'INVALID_ACCESS_KEY', 'credentials', 'Api key info invalid'),
  { ...of(10073, 'INVALID_REQUEST_TIME', 'retryable', 'Invalid Request-Time'), resync: true },
  of(10095, 'AMOUNT_ERROR', 'terminal', 'amount error'),
  of(10096, 'AMOUNT_ERROR', 'terminal', 'amount error'),
  of(10097, 'AMOUNT_ERROR', 'terminal', 'amount error'),
  of(10098, 'RISK_CONTROL', 'terminal', 'risk control'),
  of(10101, 'INSUFFICIENT_BALANCE', 'terminal', '资金不足'),
  of(10102, 'AMOUNT_ERROR', 'terminal', 'amount error'),
  of(11444, 'TEMPORARILY_UNAVAILABLE', 'wait', 'feature temporarily unavailable'),
  of(22222, 'RECORD_NOT_FOUND', 'terminal', 'record does not exist'),
  {
    ...of(30000, 'SYMBOL_SUSPENDED', 'terminal', 'suspended transaction for the symbol'),
    rereadInstrument: true,
  },
  {
    ...of(30001, 'SIDE_NOT_ALLOWED', 'terminal', 'current transaction direction not allowed'),
    rereadInstrument: true,
  },
  of(30002, 'BELOW_MINIMUM', 'terminal', 'The minimum transaction volume cannot be less than:'),
  of(30003, 'ABOVE_MAXIMUM', 'terminal', 'The maximum transaction volume cannot be greater than:'),
  of(30004, 'INSUFFICIENT_POSITION', 'terminal', 'Insufficient position'),
  of(30005, 'OVERSOLD', 'terminal', 'Oversold'),
  of(30010, 'NO_TRADE_PRICE', 'terminal', 'no valid trade price'),
  { ...of(30014, 'INVALID_SYMBOL', 'terminal', 'invalid symbol'), rereadInstrument: true },
  of(30016, 'TRADING_DISABLED', 'terminal', 'trading disabled'),
  { ...of(30018, 'MARKET_ORDER_DISABLED', 'terminal', 'market order is disabled'), rereadInstrument: true },
  {
    ...of(30019, 'MARKET_ORDER_DISABLED', 'terminal', 'api market order is disabled'),
    rereadInstrument: true,
  },
  of(30020, 'SYMBOL_NOT_PERMITTED', 'terminal', 'no permission for the symbol'),
  { ...of(30021, 'INVALID_SYMBOL', 'terminal', 'invalid symbol'), rereadInstrument: true },
  of(30025, 'NO_OPPONENT', 'terminal', 'no opponent order'),
  of(30026, 'INVALID_ORDER_IDS', 'terminal', 'invalid order ids'),
  of(30027, 'POSITION_LIMIT', 'terminal', 'The currency has reached the maximum position limit'),
  of(30028, 'RISK_CONTROL', 'terminal', 'risk control'),
  of(30029, 'TOO_MANY_ORDERS', 'wait', 'Cannot exceed the maximum order limit'),
  of(30032, 'POSITION_LIMIT', 'terminal', 'Cannot exceed the maximum position'),
  {
    ...of(30041, 'ORDER_TYPE_NOT_ALLOWED', 'terminal', 'current order type can not place order'),
    rereadInstrument: true,
  },
  of(30087, 'PRICE_OUT_OF_RANGE', 'terminal', 'Order price exceeds allowed range'),
  of(33333, 'PARAMETER_ERROR', 'terminal', 'param error'),
  of(44444, 'PARAMETER_NULL', 'terminal', 'param null'),
  of(60005, 'ACCOUNT_ABNORMAL', 'credentials', 'your account is abnormal'),
  of(70011, 'PAIR_BANNED_FOR_KEY', 'terminal', 'Pair user ban trade apikey'),
  of(700001, 'KEY_FORMAT', 'credentials', 'API-key format invalid.'),
  of(700002, 'SIGNATURE_INVALID', 'credentials', 'Signature for this request is not valid.'),
  {
    ...of(
      700003,
      'TIMESTAMP_OUTSIDE_WINDOW',
      'retryable',
      'Timestamp for this request is outside of the recvWindow.',
    ),
    resync: true,
  },
  of(
    700004,
    'PARAMETER_MISSING',
    'terminal',
    "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
  ),
  of(700005, 'RECV_WINDOW_TOO_LARGE', 'terminal', 'recvWindow must less than 60000'),
  of(700006, 'ADDRESS_NOT_LISTED', 'credentials', 'IP [address] not in the ip white list'),
  of(700007, 'NO_PERMISSION', 'credentials', 'No permission to access the endpoint'),
  of(700008, 'ILLEGAL_CHARACTERS', 'terminal', 'Illegal characters found in parameter'),
  of(700013, 'INVALID_CONTENT_TYPE', 'terminal', 'Invalid content Type.'),
];

/** By code. A code that is not here proves nothing: an order write it answers is to be reconciled. */
export const VENUE_ERROR_CODES: ReadonlyMap<number, VenueErrorCode> = new Map(
  ROWS.map((row) => [row.code, row]),
);
