"""backtrader: event-driven, one call of `next` a candle; market orders fill at the next open."""
import sys
import time

import backtrader as bt
from rule import COOLDOWN, LOOKBACK, must_sell, read_candles, report, rises


class Momentum(bt.Strategy):
    def __init__(self):
        self.close = self.data.close
        self.entered = None
        self.waiting = False
        self.trips = 0
        self.entries = []

    def notify_order(self, order):
        if order.status != order.Completed:
            return
        self.waiting = False
        if order.isbuy():
            self.entered = len(self)
            self.entries.append(int(self.data.datetime.datetime(0).timestamp() * 1000))
        else:
            self.trips += 1

    def next(self):
        if self.waiting or len(self) <= LOOKBACK:
            return
        close = self.close[0]
        if self.position:
            if must_sell(close, self.position.price, len(self) - self.entered + 1):
                self.sell(size=1)
                self.waiting = True
        elif rises(close, self.close[-LOOKBACK]) and (
            self.entered is None or len(self) - self.entered + 1 >= COOLDOWN
        ):
            self.buy(size=1)
            self.waiting = True


frame, load = read_candles(sys.argv[1])
cerebro = bt.Cerebro(stdstats=False)
cerebro.broker.setcash(10_000_000)
cerebro.adddata(bt.feeds.PandasData(dataname=frame))
cerebro.addstrategy(Momentum)
began = time.perf_counter()
strategy = cerebro.run()[0]
seconds = time.perf_counter() - began
report(
    engine=f"backtrader {bt.__version__}",
    candles=len(frame),
    loadSeconds=load,
    seconds=seconds,
    roundTrips=strategy.trips,
    pnl=cerebro.broker.getvalue() - 10_000_000,
)
