/** Where a pod finds its files. */

/** The settings a component starts with; a change of them is a new ConfigMap and a restart. */
export const CONFIG_FILE = '/etc/claire/config.json';
/** The settings that are re-read while it runs, in a folder of their own because a mounted file is never updated. */
export const HOT_CONFIG_FILE = '/etc/claire/hot/config.json';
/** One file a secret, re-read when it changes. */
export const SECRETS_FOLDER = '/etc/claire/secrets/';
/** The secrets of a bot's pods by file name; each pod is given only those it needs. */
export const SECRET_FILES = {
  /** Bearer token of the control API. */
  controlToken: 'control-token',
  redisPassword: 'redis-password',
  postgresPassword: 'postgres-password',
  exchangeKey: 'exchange-api-key',
  exchangeSecret: 'exchange-api-secret',
  /** Where alerts are sent: a web address, a token, a chat; the Secret of the user has the same names. */
  notifyUrl: 'notify-url',
  notifyToken: 'notify-token',
  notifyChat: 'notify-chat-id',
} as const;
