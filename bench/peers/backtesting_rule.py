"""backtesting.py: one call of `next` a candle over arrays; market orders fill at the next open."""
import sys
import time
import warnings

import backtesting
from backtesting import Backtest, Strategy
from rule import COOLDOWN, LOOKBACK, must_sell, read_candles, report, rises

warnings.filterwarnings("ignore")


class Momentum(Strategy):
    def init(self):
        self.last_entry = None

    def next(self):
        close = self.data.Close
        now = len(self.data) - 1
        if self.position:
            trade = self.trades[0]
            self.last_entry = trade.entry_bar
            if must_sell(close[-1], trade.entry_price, now - trade.entry_bar + 1):
                self.position.close()
        elif not self.orders and now >= LOOKBACK and rises(close[-1], close[-1 - LOOKBACK]):
            if self.last_entry is None or now - self.last_entry + 1 >= COOLDOWN:
                self.buy(size=1)


frame, load = read_candles(sys.argv[1])
frame.columns = ["Open", "High", "Low", "Close", "Volume"]
test = Backtest(frame, Momentum, cash=10_000_000, finalize_trades=False)
began = time.perf_counter()
stats = test.run()
seconds = time.perf_counter() - began
report(
    engine=f"backtesting.py {backtesting.__version__}",
    candles=len(frame),
    loadSeconds=load,
    seconds=seconds,
    roundTrips=int(stats["# Trades"]),
    pnl=float(stats["_trades"]["PnL"].sum()),
)
