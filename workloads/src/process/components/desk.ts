import { z } from 'zod';
import { riskSettings, type ControlLimits, type RiskSettings } from '../../contract/index.ts';
import { limitsHash } from '../../domain/risk/limits-hash.ts';
import type { Demand } from '../../domain/risk/demands.ts';
import { ControlDesk, type ControlDeskDeps } from '../../services/control/control-desk.ts';
import type { ComponentDeps } from '../component.ts';

type Desk = Pick<ControlDeskDeps, 'facts' | 'onChange'> & {
  readonly demand: Demand | undefined;
  readonly limits: () => ControlLimits;
};

/** The control desk of a process of its own: what the component knows, over the ledger that joins all processes. */
export function makeDesk(
  deps: ComponentDeps<'risk'> | ComponentDeps<'execution'>,
  { demand, limits, facts, onChange }: Desk,
): ControlDesk {
  const { settings, ledger, relay, clock, log, latch } = deps;
  const since = clock.now();
  return new ControlDesk({
    component: settings.component,
    bot: settings.identity.bot,
    ledger,
    relay,
    clock,
    log,
    latch,
    spec: () => demand,
    unlatched: () => (demand === undefined ? [] : [{ ...demand, since }]),
    facts,
    limits: () => Promise.resolve(limits()),
    onChange,
  });
}

/** The limits in force, as people read them. */
export function limitsView({ limits }: RiskSettings): ControlLimits {
  const written = z.encode(riskSettings.shape.limits, limits);
  return {
    limitsHash: limitsHash(limits),
    limits: Object.entries(written).map(([name, value]) => ({ name, value: String(value), used: null })),
  };
}
