import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../kube/resource.ts';
import { changeOfDatabase, databaseVersion } from './database-version.ts';

const running = (image: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'postgres' },
  spec: { template: { spec: { containers: [{ name: 'main', image }] } } },
});

describe('the version in a tag', () => {
  test.each([
    ['postgres:15', '15', 'glibc'],
    ['docker.io/library/postgres:16.4-bookworm', '16', 'bookworm'],
    ['registry.example:5000/postgres:15-alpine3.20@sha256:0123', '15', 'musl'],
  ])('of %s is %s on %s', (ref, major, library) => {
    expect(databaseVersion(ref)).toEqual({ major, library });
  });

  test.each(['postgres', 'registry.example:5000/postgres', 'postgres@sha256:0123', 'postgres:latest'])(
    'of %s is not known',
    (ref) => {
      expect(databaseVersion(ref)).toBeUndefined();
    },
  );
});

describe('another image over existing data', () => {
  test.each([
    ['postgres:15', 'postgres:15.7'],
    ['postgres:15', 'postgres:15-bookworm'],
    ['postgres:15-bookworm', 'mirror.example/postgres:15.7-bookworm'],
    ['own@sha256:01', 'own@sha256:01'],
  ])('may be %s, then %s', (from, to) => {
    expect(changeOfDatabase(running(from), running(to))).toBeUndefined();
  });

  test.each([
    ['postgres:15', 'postgres:16', 'another major version'],
    ['postgres:16', 'postgres:15', 'another major version'],
    ['postgres:15', 'postgres:15-alpine', 'another C library'],
    ['postgres:15-bookworm', 'postgres:15-trixie', 'another C library'],
    ['postgres:15', 'own@sha256:01', 'the tag does not tell'],
  ])('is refused from %s to %s', (from, to, words) => {
    expect(changeOfDatabase(running(from), running(to))).toContain(words);
  });
});
