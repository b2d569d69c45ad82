import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_HEAD, entryHash } from '../../src/domain/journal/chain.ts';
import { asRatio, money, quantity } from '../../src/domain/money/amounts.ts';
import type {
  GroupingLedger,
  LedgerGroup,
  LedgerIdentity,
  LedgerTransaction,
  LedgerView,
  Writer,
} from '../../src/ports/ledger.ts';
import {
  accountOf,
  anyMoney,
  cursorAt,
  demandOf,
  equityAt,
  exitOf,
  fillOf,
  identityOf,
  instrumentOf,
  intentOf,
  operationOf,
  orderEventOf,
  orderOf,
  positionOf,
  tripOf,
  verdictOf,
} from './samples.ts';

/** A place where ledgers can be opened again and again. */
export interface LedgerHarness {
  /** As all writers unless some are named. */
  open(identity: LedgerIdentity, writers?: readonly Writer[]): Promise<GroupingLedger>;
  view(identity: LedgerIdentity): Promise<LedgerView>;
  stop(): Promise<void>;
}

/** Every sentence of the ledger port, asked of one implementation. */
export function ledgerContract(name: string, start: () => Promise<LedgerHarness>): void {
  describe(`the ledger contract, ${name}`, () => {
    let harness: LedgerHarness;
    let ledger: GroupingLedger;
    const identity = identityOf('contract');

    beforeAll(async () => {
      harness = await start();
      ledger = await harness.open(identity);
    });
    afterAll(async () => {
      await ledger.close();
      await harness.stop();
    });

    const write = <T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> => ledger.transaction(work);
    /** A group that a failed test left open would make every later test wait. */
    const groups: LedgerGroup[] = [];
    const beginGroup = async (): Promise<LedgerGroup> => {
      const group = await ledger.beginGroup();
      groups.push(group);
      return group;
    };
    afterEach(async () => {
      for (const group of groups.splice(0)) await group.rollback();
    });
    /** Ids of one test never meet those of another: the ledger is shared. */
    let count = 0;
    const fresh = (prefix: string): string => `${prefix}-${++count}`;

    describe('transactions', () => {
      it('write all or nothing when the work throws in the middle', async () => {
        const order = orderOf(fresh('o'));
        const failing = write(async (tx) => {
          await tx.insertOrder(order);
          await tx.appendJournal('control', [{ kind: 'lost', eventTime: 1, facts: {} }]);
          throw new Error('in the middle');
        });
        await expect(failing).rejects.toThrow('in the middle');
        expect(await write((tx) => tx.order(order.orderId))).toBeUndefined();
        expect(await write((tx) => tx.journalHead('control'))).toEqual(EMPTY_HEAD);
      });

      it('see their own writes', async () => {
        const order = orderOf(fresh('o'));
        const seen = await write(async (tx) => {
          await tx.insertOrder(order);
          await tx.putState('control', { seen: true });
          return [await tx.order(order.orderId), await tx.state('control')];
        });
        expect(seen).toEqual([order, { seen: true }]);
      });

      it('run one after the other, in the order they were asked for', async () => {
        const steps: string[] = [];
        const step = (label: string) =>
          write(async (tx) => {
            steps.push(`${label} begins`);
            await tx.cursor();
            steps.push(`${label} ends`);
          });
        await Promise.all([step('a'), step('b')]);
        expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
      });

      it('go on after one has failed', async () => {
        await expect(write(() => Promise.reject(new Error('first')))).rejects.toThrow('first');
        expect(await write(() => Promise.resolve('second'))).toBe('second');
      });

      it('fail as a whole when a refused write was caught inside the work', async () => {
        const order = orderOf(fresh('o'));
        const swallowing = write(async (tx) => {
          await tx.insertOrder(order);
          await tx.insertFill(fillOf(fresh('t'), 'no-such-order')).catch(() => undefined);
        });
        await expect(swallowing).rejects.toMatchObject({ code: 'LEDGER_CONFLICT' });
        expect(await write((tx) => tx.order(order.orderId))).toBeUndefined();
      });

      it('refuse to be used after their end', async () => {
        const kept = await write((tx) => Promise.resolve(tx));
        await expect(kept.orders()).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
        await expect(kept.putState('risk', {})).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
      });
    });

    describe('groups', () => {
      it('commit several transactions together, which see each other', async () => {
        const order = orderOf(fresh('o'));
        const group = await beginGroup();
        await group.transaction((tx) => tx.insertOrder(order));
        expect(await group.transaction((tx) => tx.order(order.orderId))).toEqual(order);
        const view = await harness.view(identity);
        expect(await view.read((reading) => reading.order(order.orderId))).toBeUndefined();
        await group.commit();
        expect(await view.read((reading) => reading.order(order.orderId))).toEqual(order);
        await view.close();
      });

      it('take back a failed transaction and keep the others', async () => {
        const [kept, lost, later] = [orderOf(fresh('o')), orderOf(fresh('o')), orderOf(fresh('o'))];
        const group = await beginGroup();
        await group.transaction((tx) => tx.insertOrder(kept));
        const failing = group.transaction(async (tx) => {
          await tx.insertOrder(lost);
          await tx.insertFill(fillOf(fresh('t'), 'no-such-order'));
        });
        await expect(failing).rejects.toMatchObject({ code: 'LEDGER_CONFLICT' });
        await group.transaction((tx) => tx.insertOrder(later));
        await group.commit();
        const found = await write((tx) => Promise.all([kept, lost, later].map((o) => tx.order(o.orderId))));
        expect(found).toEqual([kept, undefined, later]);
      });

      it('leave nothing after a rollback, which may be repeated', async () => {
        const order = orderOf(fresh('o'));
        const group = await beginGroup();
        await group.transaction((tx) => tx.insertOrder(order));
        await group.rollback();
        await group.rollback();
        expect(await write((tx) => tx.order(order.orderId))).toBeUndefined();
      });

      it('make the transactions of the ledger wait until they end', async () => {
        const steps: string[] = [];
        const group = await beginGroup();
        const outside = write(async (tx) => {
          await tx.cursor();
          steps.push('outside');
        });
        await group.transaction(async (tx) => {
          await tx.cursor();
          steps.push('inside');
        });
        await group.commit();
        await outside;
        expect(steps).toEqual(['inside', 'outside']);
      });

      it('refuse to be used after their end, and an empty one is nothing', async () => {
        const group = await beginGroup();
        await group.commit();
        const late = group.transaction((tx) => tx.orders());
        await expect(late).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
        await expect(group.commit()).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
      });

      it('are lost as a whole when a write nobody waited for has failed', async () => {
        const order = orderOf(fresh('o'));
        const group = await beginGroup();
        await group.transaction(async (tx) => {
          await tx.insertOrder(order);
          // Text cannot hold a zero character: the server refuses the write after the work is over.
          void tx.clearDemand('zero \u0000 character');
        });
        // A savepoint taken back must not bring the group to life again, whenever the refusal arrives.
        await group.transaction(() => Promise.reject(new Error('own error'))).catch(() => undefined);
        await expect(group.commit()).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
        expect(await write((tx) => tx.order(order.orderId))).toBeUndefined();
      });
    });

    describe('orders and fills', () => {
      it('come back as they went in, with and without their optional fields', async () => {
        const orders = [
          orderOf(fresh('o'), { venueOrderId: 'v-1', reason: 'NO_LIQUIDITY', state: 'CANCELED' }),
          exitOf(fresh('o')),
        ];
        await write(async (tx) => {
          for (const order of orders) expect(await tx.insertOrder(order)).toBe(true);
        });
        expect(await write((tx) => Promise.all(orders.map((o) => tx.order(o.orderId))))).toEqual(orders);
      });

      it('are inserted once, whatever became of the order since', async () => {
        const order = orderOf(fresh('o'));
        await write((tx) => tx.insertOrder(order));
        await write((tx) => tx.updateOrder({ ...order, state: 'SUBMITTING' }, 'APPROVED'));
        expect(await write((tx) => tx.insertOrder(order))).toBe(false);
        expect((await write((tx) => tx.order(order.orderId)))?.state).toBe('SUBMITTING');
      });

      it('refuse another intent under the same id, naming what differs', async () => {
        const order = orderOf(fresh('o'));
        await write((tx) => tx.insertOrder(order));
        const other = write((tx) => tx.insertOrder({ ...order, quantity: quantity('0.6') }));
        await expect(other).rejects.toMatchObject({
          code: 'LEDGER_CONFLICT',
          retryable: false,
          message: expect.stringMatching(/another quantity: was 0\.6, stored is 0\.5/) as unknown,
        });
      });

      it('refuse an order of another account', async () => {
        const foreign = write((tx) => tx.insertOrder(orderOf(fresh('o'), { account: 'mexc:1' })));
        await expect(foreign).rejects.toMatchObject({ code: 'LEDGER_IDENTITY' });
      });

      it('change their state from the expected one only', async () => {
        const order = orderOf(fresh('o'));
        const working = { ...order, state: 'WORKING', venueOrderId: 'v-9', updatedTime: 5 } as const;
        await write((tx) => tx.insertOrder(order));
        const early = write((tx) => tx.updateOrder(working, 'SUBMITTING'));
        await expect(early).rejects.toMatchObject({
          code: 'LEDGER_CONFLICT',
          message: expect.stringContaining('APPROVED') as unknown,
        });
        await write((tx) => tx.updateOrder(working, 'APPROVED'));
        expect(await write((tx) => tx.order(order.orderId))).toEqual(working);
        const unknown = write((tx) => tx.updateOrder(orderOf('nobody'), 'APPROVED'));
        await expect(unknown).rejects.toMatchObject({ code: 'LEDGER_CONFLICT' });
      });

      it('never change their intent with their state', async () => {
        const order = orderOf(fresh('o'));
        await write((tx) => tx.insertOrder(order));
        const bent = { ...order, quantity: quantity('9'), state: 'SUBMITTING' } as const;
        await write((tx) => tx.updateOrder(bent, 'APPROVED'));
        expect((await write((tx) => tx.order(order.orderId)))?.quantity).toEqual(order.quantity);
      });

      it('are listed by insertion and chosen by state', async () => {
        const [a, b, c] = [
          orderOf(fresh('z')),
          orderOf(fresh('a')),
          orderOf(fresh('m'), { state: 'UNKNOWN' }),
        ];
        await write(async (tx) => {
          for (const order of [a, b, c]) await tx.insertOrder(order);
        });
        const ids = (orders: readonly { readonly orderId: string }[]) => orders.map((o) => o.orderId);
        const [all, unknown, none] = await write((tx) =>
          Promise.all([tx.orders(), tx.orders(['UNKNOWN']), tx.orders([])]),
        );
        expect(ids(all).slice(-3)).toEqual([a.orderId, b.orderId, c.orderId]);
        expect(ids(unknown)).toContain(c.orderId);
        expect(ids(unknown)).not.toContain(a.orderId);
        expect(none).toEqual([]);
      });

      it('know each trade of the account once', async () => {
        const order = orderOf(fresh('o'));
        const fill = fillOf(fresh('t'), order.orderId);
        await write(async (tx) => {
          await tx.insertOrder(order);
          expect(await tx.insertFill(fill)).toBe(true);
          expect(await tx.insertFill(fill)).toBe(false);
        });
        expect(await write((tx) => tx.insertFill(fill))).toBe(false);
        expect(await write((tx) => tx.fills(order.orderId))).toEqual([fill]);
        const changed = write((tx) => tx.insertFill({ ...fill, time: fill.time + 1 }));
        await expect(changed).rejects.toMatchObject({ code: 'LEDGER_CONFLICT' });
      });

      it('refuse a fill of an order that is not there', async () => {
        const stray = write((tx) => tx.insertFill(fillOf(fresh('t'), 'no-such-order')));
        await expect(stray).rejects.toMatchObject({ code: 'LEDGER_CONFLICT' });
      });
    });

    describe('the account', () => {
      it('comes back with its positions and its dust; a flat position leaves', async () => {
        const open = positionOf('BTCUSDT');
        const rest = positionOf('ETHUSDT', { quantity: quantity('0.00001') });
        await write((tx) => tx.putAccount(accountOf([open]), 'BTCUSDT'));
        await write((tx) => tx.putAccount(accountOf([open], [rest]), 'ETHUSDT'));
        expect(await write((tx) => tx.account())).toEqual(accountOf([open], [rest]));
        expect(await write((tx) => tx.position('BTCUSDT'))).toEqual(open);
        expect(await write((tx) => tx.position('ETHUSDT'))).toBeUndefined();

        await write((tx) => tx.putAccount(accountOf([], [rest]), 'BTCUSDT'));
        expect(await write((tx) => tx.account())).toEqual(accountOf([], [rest]));
      });

      it('changes the named position only', async () => {
        const [btc, eth] = [positionOf('BTCUSDT'), positionOf('ETHUSDT')];
        await write((tx) => tx.putAccount(accountOf([btc]), 'BTCUSDT'));
        await write((tx) => tx.putAccount(accountOf([btc, eth]), undefined));
        expect(await write((tx) => tx.position('ETHUSDT'))).toBeUndefined();
        await write((tx) => tx.putAccount(accountOf([btc, eth]), 'ETHUSDT'));
        expect(await write((tx) => tx.position('ETHUSDT'))).toEqual(eth);
      });

      it('keeps any decimal exactly', async () => {
        const exact = fc.asyncProperty(anyMoney, anyMoney, async (cash, cost) => {
          const position = positionOf('EXACT', { totalCost: cost });
          const book = { ...accountOf([position]), cash };
          const stored = await write(async (tx) => {
            await tx.putAccount(book, 'EXACT');
            return [(await tx.account())?.cash, (await tx.position('EXACT'))?.totalCost];
          });
          expect(stored).toEqual([cash, cost]);
        });
        await fc.assert(exact, { numRuns: 200, seed: 20260728 });
      });

      it('refuses a number with more digits than can be read back', async () => {
        const huge = { units: 10n ** 40n, scale: 0 } as ReturnType<typeof money>;
        const refused = write((tx) => tx.putAccount({ ...accountOf([]), cash: huge }, undefined));
        await expect(refused).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
      });

      it('keeps round trips once and equity by time, the last of a time', async () => {
        const trip = tripOf(fresh('in'), fresh('out'));
        expect(await write((tx) => tx.insertRoundTrip(trip))).toBe(true);
        expect(await write((tx) => tx.insertRoundTrip(trip))).toBe(false);
        expect(await write((tx) => tx.roundTrips())).toEqual([trip]);
        await write((tx) => tx.insertEquity([]));
        await write((tx) => tx.insertEquity([equityAt(20, '2'), equityAt(10, '1'), equityAt(20, '3')]));
        await write((tx) => tx.insertEquity([equityAt(10, '1.5')]));
        expect(await write((tx) => tx.equity())).toEqual([equityAt(10, '1.5'), equityAt(20, '3')]);
      });
    });

    describe('risk', () => {
      it('keeps a verdict with every check and the order it allowed', async () => {
        const denied = verdictOf(fresh('v'));
        const allowed = verdictOf(fresh('v'), {
          outcome: 'TRIM',
          code: 'TRIMMED',
          order: intentOf('allowed'),
        });
        await write(async (tx) => {
          expect(await tx.insertVerdict(denied)).toBe(true);
          expect(await tx.insertVerdict(allowed)).toBe(true);
          expect(await tx.insertVerdict(allowed)).toBe(false);
        });
        expect(await write((tx) => tx.verdict(denied.verdictId))).toEqual(denied);
        expect(await write((tx) => tx.verdicts())).toEqual([denied, allowed]);
        const changed = write((tx) => tx.insertVerdict({ ...denied, code: 'OK' }));
        await expect(changed).rejects.toMatchObject({ code: 'LEDGER_CONFLICT' });
      });

      it('holds a reservation until it is released', async () => {
        const order = orderOf(fresh('o'));
        const reservation = {
          orderId: order.orderId,
          symbol: order.symbol,
          side: order.side,
          quote: money('21012.65'),
          quantity: order.quantity,
        };
        await write(async (tx) => {
          await tx.insertOrder(order);
          expect(await tx.insertReservation(reservation)).toBe(true);
        });
        expect(await write((tx) => tx.insertReservation(reservation))).toBe(false);
        expect(await write((tx) => tx.reservations())).toEqual([reservation]);
        await write((tx) => tx.releaseReservation(order.orderId));
        await write((tx) => tx.releaseReservation(order.orderId));
        expect(await write((tx) => tx.reservations())).toEqual([]);
      });

      it('tightens a demand and never loosens it; only clearing removes it', async () => {
        const [halted, reduce, stopped] = [
          demandOf('control', 'Halted'),
          demandOf('control', 'ReduceOnly'),
          demandOf('control', 'Stopped'),
        ];
        await write((tx) => tx.latchDemand(halted));
        await write((tx) => tx.latchDemand(reduce));
        expect(await write((tx) => tx.demands())).toEqual([halted]);
        await write((tx) => tx.latchDemand(stopped));
        await write((tx) => tx.latchDemand(demandOf('breaker:DRAWDOWN', 'ReduceOnly')));
        expect(await write((tx) => tx.demands())).toEqual([
          demandOf('breaker:DRAWDOWN', 'ReduceOnly'),
          stopped,
        ]);
        await write((tx) => tx.clearDemand('control'));
        await write((tx) => tx.clearDemand('breaker:DRAWDOWN'));
        expect(await write((tx) => tx.demands())).toEqual([]);
      });
    });

    describe('the journal', () => {
      it('links every entry to the one before, one chain a component', async () => {
        const draft = (kind: string) => ({
          kind,
          eventTime: 7,
          cause: 'c',
          facts: { value: '1.50', snow: '☃' },
        });
        const head = await write((tx) => tx.appendJournal('risk', [draft('a'), draft('b')]));
        expect(await write((tx) => tx.appendJournal('risk', []))).toEqual(head);
        const longer = await write((tx) => tx.appendJournal('risk', [draft('c')]));
        await write((tx) => tx.appendJournal('signal', [draft('d')]));
        const entries = await write((tx) => tx.journal('risk', 0, 10));
        expect(entries.map((entry) => entry.sequence)).toEqual([1, 2, 3]);
        let previous = EMPTY_HEAD.hash;
        for (const entry of entries) {
          expect(entry.previousHash).toBe(previous);
          expect(entry.hash).toBe(entryHash(previous, entry.sequence, entry.body));
          previous = entry.hash;
        }
        expect(longer).toEqual({ count: 3, hash: previous });
        expect(await write((tx) => tx.journalHead('risk'))).toEqual(longer);
        expect(await write((tx) => tx.journalHead('execution'))).toEqual(EMPTY_HEAD);
        expect((await write((tx) => tx.journal('risk', 1, 1))).map((entry) => entry.sequence)).toEqual([2]);
      });
    });

    describe('delivery, recovery and commands', () => {
      it('marks an event once a consumer', async () => {
        const event = fresh('event');
        expect(await write((tx) => tx.markConsumed('risk', event))).toBe(true);
        expect(await write((tx) => tx.markConsumed('risk', event))).toBe(false);
        expect(await write((tx) => tx.markConsumed('signal', event))).toBe(true);
      });

      it('hands the outbox out in the order it was filled until it is removed', async () => {
        const events = [orderEventOf('e1'), orderEventOf('e2'), orderEventOf('e3')];
        await write((tx) => tx.addOutbox('orders', events.slice(0, 2)));
        await write((tx) => tx.addOutbox('orders', events.slice(2)));
        await write((tx) => tx.addOutbox('orders', []));
        const rows = await write((tx) => tx.outbox(10));
        expect(rows.map((row) => row.event)).toEqual(events);
        expect(rows.map((row) => row.stream)).toEqual(['orders', 'orders', 'orders']);
        expect(await write((tx) => tx.outbox(1))).toEqual(rows.slice(0, 1));
        await write((tx) => tx.removeOutbox([]));
        await write((tx) => tx.removeOutbox(rows.slice(0, 2).map((row) => row.sequence)));
        expect(await write((tx) => tx.outbox(10))).toEqual(rows.slice(2));
      });

      it('keeps what was asked of the control API, once, and the hold of entries', async () => {
        const operation = operationOf(fresh('operation'));
        const { code, ...done } = operationOf(fresh('operation'), { result: 'done' });
        expect(code).toBe('CAUSE_PERSISTS');
        for (const one of [operation, done]) {
          expect(await write((tx) => tx.insertOperation(one))).toBe(true);
          expect(await write((tx) => tx.insertOperation(one))).toBe(false);
          expect(await write((tx) => tx.operation(one.operationId))).toEqual(one);
        }
        await expect(write((tx) => tx.insertOperation({ ...done, actor: 'eve' }))).rejects.toMatchObject({
          code: 'LEDGER_CONFLICT',
        });
        expect(await write((tx) => tx.operation('unknown'))).toBeUndefined();
        expect(await write((tx) => tx.entryHold())).toBeUndefined();
        await write((tx) => tx.putEntryHold({ operationId: 'a', until: 60_000 }));
        await write((tx) => tx.putEntryHold({ operationId: 'b', until: 70_000 }));
        expect(await write((tx) => tx.entryHold())).toEqual({ operationId: 'b', until: 70_000 });
        await write((tx) => tx.putEntryHold(undefined));
        expect(await write((tx) => tx.entryHold())).toBeUndefined();
      });

      it('keeps the trading rules by symbol, the newest of each', async () => {
        const rules = [instrumentOf('ETHUSDT'), instrumentOf('BTCUSDT', { takerFeeRatio: asRatio(50_000n) })];
        await write((tx) => tx.putInstruments(rules));
        await write((tx) => tx.putInstruments([instrumentOf('ETHUSDT', { tradable: false })]));
        expect(await write((tx) => tx.instruments())).toEqual([
          rules[1],
          instrumentOf('ETHUSDT', { tradable: false }),
        ]);
      });

      it('keeps one document a component', async () => {
        const state = { count: 3, equity: '10.50', list: [1, null, { deep: 'é' }] };
        expect(await write((tx) => tx.state('execution'))).toBeUndefined();
        await write((tx) => tx.putState('execution', { count: 2 }));
        await write((tx) => tx.putState('execution', state));
        expect(await write((tx) => tx.state('execution'))).toEqual(state);
        const none = write((tx) => tx.putState('execution', undefined));
        await expect(none).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
      });

      it('moves the cursor of one replay and refuses that of another', async () => {
        expect(await write((tx) => tx.cursor())).toBeUndefined();
        await write((tx) => tx.putCursor(cursorAt(5_000)));
        await write((tx) => tx.putCursor(cursorAt(7_777, { finished: true })));
        expect(await write((tx) => tx.cursor())).toEqual(cursorAt(7_777, { finished: true }));
        for (const other of [{ dataHash: 'data-2' }, { settingsHash: 'settings-2' }]) {
          const refused = write((tx) => tx.putCursor(cursorAt(1, other)));
          await expect(refused).rejects.toMatchObject({ code: 'LEDGER_CONFLICT' });
        }
      });

      it('takes a command from beside the writer', async () => {
        const command = { commandId: fresh('c'), kind: 'FLATTEN', requestedTime: 9 } as const;
        const view = await harness.view(identity);
        expect(await view.addCommand(command)).toBe(true);
        expect(await view.addCommand(command)).toBe(false);
        await view.close();
        expect(await write((tx) => tx.commands())).toEqual([command]);
        await write((tx) => tx.removeCommand(command.commandId));
        expect(await write((tx) => tx.commands())).toEqual([]);
      });
    });

    describe('views', () => {
      it('read one state, whatever is written meanwhile', async () => {
        const order = orderOf(fresh('o'));
        const view = await harness.view(identity);
        expect(view.identity).toEqual(identity);
        const [before, after] = await view.read(async (reading) => {
          const first = (await reading.orders()).length;
          await write((tx) => tx.insertOrder(order));
          return [first, (await reading.orders()).length];
        });
        expect(after).toBe(before);
        expect(await view.read((reading) => reading.order(order.orderId))).toEqual(order);
        await view.close();
        await view.close();
      });

      it('are refused where there is no ledger', async () => {
        const nowhere = harness.view(identityOf('nobody'));
        await expect(nowhere).rejects.toMatchObject({ code: 'LEDGER_ABSENT' });
      });
    });

    describe('opening', () => {
      it('refuses a second writer', async () => {
        await expect(harness.open(identity)).rejects.toMatchObject({
          code: 'LEDGER_LOCKED',
          retryable: true,
        });
      });

      it('keeps two bots apart', async () => {
        const other = await harness.open(identityOf('another'));
        expect(await other.transaction((tx) => tx.orders())).toEqual([]);
        await other.close();
      });

      it('refuses other settings, naming both values, and takes the same again', async () => {
        const own = identityOf('identity');
        await (await harness.open(own)).close();
        const differing = harness.open({ ...own, venue: 'mexc' });
        await expect(differing).rejects.toMatchObject({
          code: 'LEDGER_IDENTITY',
          message: expect.stringMatching(/venue: was mexc, the ledger's is replay/) as unknown,
        });
        await (await harness.open(own)).close();
      });

      it('finds everything again after closing; closing twice is once; a closed ledger refuses', async () => {
        const own = identityOf('reopened');
        const first = await harness.open(own);
        await first.transaction((tx) => tx.insertOrder(orderOf('kept')));
        await first.close();
        await first.close();
        await expect(first.transaction((tx) => tx.orders())).rejects.toMatchObject({
          code: 'LEDGER_UNAVAILABLE',
        });
        const second = await harness.open(own);
        expect(await second.transaction((tx) => tx.orders())).toEqual([orderOf('kept')]);
        await second.close();
      });
    });
  });
}
