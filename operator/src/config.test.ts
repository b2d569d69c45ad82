import { describe, expect, test } from '@jest/globals';
import { apiServerOf } from './config.ts';

describe('the API server of a pod', () => {
  test('is where Kubernetes says, by name, IPv4 or IPv6', () => {
    const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' };
    expect(apiServerOf(pod)).toBe('https://10.0.0.1:6443');
    expect(apiServerOf({ ...pod, KUBERNETES_SERVICE_HOST: 'fd00::1' })).toBe('https://[fd00::1]:6443');
    expect(apiServerOf({ KUBERNETES_SERVICE_HOST: 'kube.example' })).toBe('https://kube.example:443');
  });

  test('is not asked where there is a kubeconfig, or no pod', () => {
    expect(apiServerOf({ KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBECONFIG: '/etc/kube' })).toBeUndefined();
    expect(apiServerOf({ KUBERNETES_SERVICE_HOST: '' })).toBeUndefined();
    expect(apiServerOf({})).toBeUndefined();
  });
});
