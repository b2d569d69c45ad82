import type {
  ControlLimits,
  ControlOutcome,
  ControlRequest,
  ControlState,
} from '../../contract/control-api.ts';

/**
 * What the control server of a process (`process/`) drives: risk and execution each bring one. In the contract: `act`
 * is idempotent by operation id, records every call in the journal of `control`, and tightens at once even while the
 * ledger is away (`pending`); loosening waits for the ledger. `state` never throws: what is not known is null.
 */
export interface ControlTarget {
  act(request: ControlRequest): Promise<ControlOutcome>;
  state(): Promise<ControlState>;
  limits(): Promise<ControlLimits>;
}
