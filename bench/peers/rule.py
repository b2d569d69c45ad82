"""The momentum rule of one percent, and the data, for every engine alike.

Buy when the close is at least 1 % above that of 15 minutes ago, one position at a time, not within 15 minutes of the
last entry. Decided at a close: sell at 2 % below the entry price, at 4 % above it, or after 240 minutes. Fixed size, no
fees, no other limit.
"""
import json
import sys
import time

import pandas as pd

LOOKBACK = 15
COOLDOWN = 15
THRESHOLD = 0.01
STOP_LOSS = 0.02
TAKE_PROFIT = 0.04
MAX_HOLDING = 240


def read_candles(path):
    """The candle file of the benchmark as a frame indexed by opening time, and the seconds it took."""
    began = time.perf_counter()
    frame = pd.read_csv(path, usecols=["open_time", "open", "high", "low", "close", "volume"])
    frame.index = pd.to_datetime(frame.pop("open_time"), unit="ms")
    return frame, time.perf_counter() - began


def rises(close, before):
    return close / before - 1 >= THRESHOLD


def must_sell(close, entry, minutes):
    change = close / entry - 1
    return change <= -STOP_LOSS or change >= TAKE_PROFIT or minutes >= MAX_HOLDING


def report(**figures):
    """One JSON object on the last line, for run.ts."""
    json.dump(figures, sys.stdout)
    print()
