import type { ProcessName } from '../../contract/index.ts';
import type { StartCompanion } from '../companion.ts';
import type { MakeComponent } from '../component.ts';

/** Loaded when it is run: a process holds the code of its own component and no other. */
export const COMPONENTS: { readonly [Name in ProcessName]: () => Promise<MakeComponent<Name>> } = {
  'screener-ws': async () => (await import('./screener-ws.ts')).makeScreenerWs,
  'screener-rest': async () => (await import('./screener-rest.ts')).makeScreenerRest,
  signal: async () => (await import('./signal.ts')).makeSignal,
  risk: async () => (await import('./risk.ts')).makeRisk,
  execution: async () => (await import('./execution.ts')).makeExecution,
};

/** What runs beside a component: the notifier with the one that trades nothing and may reach the outside (ADR 0030). */
export const COMPANIONS: { readonly 'screener-rest': () => Promise<StartCompanion<'screener-rest'>> } = {
  'screener-rest': async () => (await import('../notifier-host.ts')).startNotifier,
};
