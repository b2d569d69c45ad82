/** The dashboards of Claire, for Grafana. */
import type { Board } from './board.ts';
import { executionQuality } from './execution-quality.ts';
import { operator } from './operator.ts';
import { overview } from './overview.ts';
import { pipeline } from './pipeline.ts';
import { riskAndOrders } from './risk-and-orders.ts';

export { type Board, grafanaDashboard } from './board.ts';
export type { Panel, Query } from './panel.ts';

export const BOARDS: readonly Board[] = [overview, pipeline, riskAndOrders, executionQuality, operator];
