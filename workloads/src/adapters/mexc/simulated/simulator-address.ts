/** Names without a dot and `….svc` are a cluster's own. */
const CLUSTER_NAME = /^[a-z0-9-]+$|\.svc$|\.svc\.cluster\.local$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const PRIVATE =
  /^(10(\.\d{1,3}){3}|192\.168(\.\d{1,3}){2}|172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2}|\[f[cd][0-9a-f:]+\])$/;

/**
 * Whether an address can be a simulator's: on this machine, or inside a cluster. Orders meant for a simulator never go
 * out to the internet, whatever answers there.
 */
export function isSimulatorAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return LOOPBACK.test(hostname) || PRIVATE.test(hostname) || CLUSTER_NAME.test(hostname);
}
