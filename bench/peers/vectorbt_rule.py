"""vectorbt: a compiled function a candle (numba) over arrays; orders at the next open. Cold includes the compilation."""
import sys
import time

import numpy as np
import vectorbt as vbt
from numba import njit
from rule import COOLDOWN, LOOKBACK, MAX_HOLDING, STOP_LOSS, TAKE_PROFIT, THRESHOLD, read_candles, report
from vectorbt.portfolio.enums import Direction, NoOrder, SizeType
from vectorbt.portfolio.nb import order_nb

# In `state`: entry index, entry price, decided order (1 buy, -1 sell), position.


@njit
def order_func(c, opens, closes, state):
    i = c.i
    order = NoOrder
    if state[2] == 1:
        state[0], state[1], state[3] = i, opens[i], 1
        order = order_nb(size=1.0, price=opens[i], size_type=SizeType.Amount, direction=Direction.LongOnly)
    elif state[2] == -1:
        state[3] = 0
        order = order_nb(size=-1.0, price=opens[i], size_type=SizeType.Amount, direction=Direction.LongOnly)
    state[2] = 0
    close = closes[i]
    if state[3] == 1:
        change = close / state[1] - 1
        if change <= -STOP_LOSS or change >= TAKE_PROFIT or i - state[0] + 1 >= MAX_HOLDING:
            state[2] = -1
    elif i >= LOOKBACK and close / closes[i - LOOKBACK] - 1 >= THRESHOLD and i - state[0] + 1 >= COOLDOWN:
        state[2] = 1
    return order


def run(frame):
    state = np.array([-1e9, 0.0, 0.0, 0.0])
    began = time.perf_counter()
    portfolio = vbt.Portfolio.from_order_func(
        frame["close"],
        order_func,
        frame["open"].to_numpy(),
        frame["close"].to_numpy(),
        state,
        init_cash=10_000_000,
        freq="1min",
    )
    orders = time.perf_counter() - began
    value = portfolio.value()
    drawdown = float((1 - value / value.cummax()).max())
    whole = time.perf_counter() - began
    return portfolio, orders, whole, drawdown


frame, load = read_candles(sys.argv[1])
_, cold_orders, cold, _ = run(frame)
portfolio, orders, seconds, drawdown = run(frame)
report(
    engine=f"vectorbt {vbt.__version__}",
    candles=len(frame),
    loadSeconds=load,
    seconds=cold,
    warmSeconds=seconds,
    roundTrips=int(portfolio.trades.closed.count()),
    pnl=float(portfolio.trades.closed.pnl.sum()),
    note=f"orders alone {orders:.3f} s warm; the rest is value and drawdown; cold compiles for {cold_orders - orders:.1f} s",
)
