/** The TCP ports of the pods: the original system's for the services, one for control and one for metrics in each. */
export const PORTS = {
  screenerWs: 8000,
  screenerRest: 8080,
  signal: 8001,
  risk: 8002,
  execution: 8003,
  /** On risk and execution, with a token. */
  control: 9463,
  metrics: 9464,
} as const;
