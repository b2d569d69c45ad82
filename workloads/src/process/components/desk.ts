import type { Demand } from '../../domain/risk/demands.ts';
import { ControlDesk, type ControlDeskDeps } from '../../services/control/control-desk.ts';
import type { ComponentDeps } from '../component.ts';

type Desk = Pick<ControlDeskDeps, 'facts' | 'onChange'> & {
  readonly demand: Demand | undefined;
};

/** The control desk of execution: what it knows itself, over the ledger that joins all processes. */
export function makeDesk(deps: ComponentDeps<'execution'>, { demand, facts, onChange }: Desk): ControlDesk {
  const { settings, ledger, clock, log, latch } = deps;
  const since = clock.now();
  return new ControlDesk({
    component: settings.component,
    bot: settings.identity.bot,
    ledger,
    clock,
    log,
    latch,
    spec: () => demand,
    unlatched: () => (demand === undefined ? [] : [{ ...demand, since }]),
    facts,
    // Limits are risk's: execution neither has nor needs them.
    limits: () => Promise.resolve({ limitsHash: '', limits: [] }),
    onChange,
  });
}
