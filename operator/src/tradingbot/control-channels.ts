/** Ways to a bot's control API: by cluster DNS from inside, through the API server's pod proxy from outside. */
import http from 'node:http';
import { CONTROL_TOKEN_HEADER, PORTS } from '@claire/workloads/contract';
import type { Transport } from '../kube/transport.ts';
import type { ControlChannel, ControlReply, ControlTarget } from './control-client.ts';

/** Answers longer than this are refused. */
const MOST_BYTES = 1_048_576;

/** Name of the headless Service of a component's pods, ready or not. */
export type ServiceName = (target: ControlTarget) => string;

/** HTTP to a host and port, the token as bearer. */
export function makeDirectChannel(
  addressOf: (target: ControlTarget) => { readonly host: string; readonly port: number },
): ControlChannel {
  return (target, { method, path, token, body, signal }) =>
    new Promise<ControlReply>((resolve, reject) => {
      const { host, port } = addressOf(target);
      const headers = {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const outgoing = http.request({ host, port, method, path, headers, signal, agent: false }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
          if (text.length > MOST_BYTES) answer.destroy(new Error('the answer is too long'));
        });
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, body: text });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
}

/** From a pod of the cluster. */
export const makeServiceChannel = (serviceName: ServiceName): ControlChannel =>
  makeDirectChannel((target) => ({
    host: `${serviceName(target)}.${target.namespace}.svc`,
    port: PORTS.control,
  }));

/**
 * From outside: through the API server, which needs the right `pods/proxy` (get for state, create for operations). The
 * API server takes `Authorization` for itself, so the token goes in a header of its own.
 */
export function makeProxyChannel(transport: Transport, podName: ServiceName): ControlChannel {
  return async (target, { method, path, token, body, signal }) => {
    const pod = `${podName(target)}:${PORTS.control}`;
    return transport.request({
      method,
      path: `/api/v1/namespaces/${target.namespace}/pods/${pod}/proxy${path}`,
      headers: { [CONTROL_TOKEN_HEADER]: token },
      ...(body === undefined ? {} : { body }),
      signal,
    });
  };
}
