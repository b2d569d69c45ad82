"""NautilusTrader with a strategy in Python on its own engine; a market order fills at the close that decided it."""
import sys
import time
from decimal import Decimal

import nautilus_trader
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model import BarType, Money, TraderId, Venue
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy
from rule import COOLDOWN, LOOKBACK, must_sell, read_candles, report, rises


class Momentum(Strategy):
    def __init__(self, instrument, bar_type):
        super().__init__(StrategyConfig())
        self.instrument = instrument
        self.bar_type = bar_type
        self.closes = []
        self.entry = None
        self.price = 0.0
        self.entered = None
        self.trips = 0

    def on_start(self):
        self.subscribe_bars(self.bar_type)

    def on_order_filled(self, event):
        # An order may fill in parts, as far as the volume of the candle goes.
        if event.order_side == OrderSide.BUY:
            self.entry, self.entered, self.price = len(self.closes), len(self.closes), float(event.last_px)

    def on_position_closed(self, event):
        self.entry = None
        self.trips += 1

    def submit(self, side):
        order = self.order_factory.market(self.instrument.id, side, self.instrument.make_qty(1))
        self.submit_order(order)

    def on_bar(self, bar):
        close = float(bar.close)
        self.closes.append(close)
        now = len(self.closes)
        if self.entry is not None:
            if must_sell(close, self.price, now - self.entry):
                self.submit(OrderSide.SELL)
        elif now > LOOKBACK and rises(close, self.closes[-1 - LOOKBACK]):
            if self.entered is None or now - self.entered >= COOLDOWN:
                self.submit(OrderSide.BUY)


frame, load = read_candles(sys.argv[1])
instrument = TestInstrumentProvider.btcusdt_binance()
bar_type = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
began = time.perf_counter()
# Bars carry the moment of their close.
frame.index = frame.index.tz_localize("UTC") + (frame.index[1] - frame.index[0])
frame.index.name = "timestamp"
bars = BarDataWrangler(bar_type, instrument).process(frame)
load += time.perf_counter() - began
engine = BacktestEngine(
    BacktestEngineConfig(trader_id=TraderId("BENCH-001"), logging=LoggingConfig(bypass_logging=True))
)
engine.add_venue(
    Venue("BINANCE"),
    oms_type=OmsType.NETTING,
    account_type=AccountType.CASH,
    base_currency=None,
    starting_balances=[Money(10_000_000, USDT)],
)
engine.add_instrument(instrument)
engine.add_data(bars)
strategy = Momentum(instrument, bar_type)
engine.add_strategy(strategy)
began = time.perf_counter()
engine.run()
seconds = time.perf_counter() - began
report(
    engine=f"NautilusTrader {nautilus_trader.__version__}",
    candles=len(frame),
    loadSeconds=load,
    seconds=seconds,
    roundTrips=strategy.trips,
    note="a strategy in Python; each candle is four prices to its matching engine; fills at the deciding close, with fees of its venue",
)
