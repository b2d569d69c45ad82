import type { z } from 'zod';
import { bytes, choice, fields, integer, objectName, secretRef, text } from './fields.ts';

const HOST = {
  pattern: /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
  max: 253,
  must: 'a host name or an IPv4 address',
};

const storageClassName = (): z.ZodExactOptional<z.ZodString> =>
  objectName("The StorageClass of the volume; the cluster's default when left out.").exactOptional();

const retention = (): z.ZodDefault<z.ZodEnum<{ Retain: 'Retain'; Delete: 'Delete' }>> =>
  choice('What becomes of the volume and its credentials when the bot is deleted.', [
    'Retain',
    'Delete',
  ]).default('Retain');

const size = (description: string, initial: string): z.ZodDefault<z.ZodString> =>
  bytes(description).default(initial);

const port = (initial: number): z.ZodDefault<z.ZodInt> => integer('TCP port.', 1, 65_535).default(initial);

const caSecretRef = secretRef(
  "The Secret whose `ca.crt` signs the server's certificate; the system's authorities when left out. TLS is always verified.",
);

/** Where the bot keeps what must not be lost, and what carries its events. */
export const storage = fields(
  'The databases of the bot: run beside it on persistent volumes, or `external` ones (then size, class and retention have no effect).',
  {
    postgres: fields('PostgreSQL: the ledger, which is the truth.', {
      size: size('Size of the volume; can grow, never shrink.', '20Gi'),
      storageClassName: storageClassName(),
      retention: retention(),
      external: fields('A PostgreSQL server of your own, version 15 or newer, reached with verified TLS.', {
        host: text('Host name of the server.', HOST),
        port: port(5432),
        database: text('Name of the database.', {
          pattern: /^[a-z_][a-z0-9_]*$/,
          max: 63,
          must: "lower-case letters, digits and '_'",
        }).default('claire_de_binare'),
        credentialsSecretRef: secretRef("The Secret with the owner's `username` and `password`."),
        caSecretRef: caSecretRef.exactOptional(),
      }).exactOptional(),
    }).prefault({}),
    redis: fields('Redis: the streams between the services.', {
      size: size('Size of the volume; can grow, never shrink.', '5Gi'),
      storageClassName: storageClassName(),
      retention: retention(),
      external: fields('A Redis server of your own, version 7 or newer, reached with verified TLS.', {
        host: text('Host name of the server.', HOST),
        port: port(6379),
        credentialsSecretRef: secretRef("The Secret with the administrator's `username` and `password`."),
        caSecretRef: caSecretRef.exactOptional(),
      }).exactOptional(),
    }).prefault({}),
  },
);
