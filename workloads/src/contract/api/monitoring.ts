import { bytes, choice, fields, flag, objectName, secretRef } from './fields.ts';

const storageClassName = objectName("The StorageClass of the volume; the cluster's default when left out.");
const retention = choice('What becomes of the volume when the bot is deleted.', ['Retain', 'Delete']);

/** What watches the bot. Trading never depends on it. */
export const monitoring = fields('What watches the bot; trading never depends on it.', {
  prometheus: fields("The bot's own Prometheus.", {
    enabled: flag('Whether it runs.').default(true),
    size: bytes('Size of the volume; can grow, never shrink. Four fifths of it hold metrics.').default(
      '10Gi',
    ),
    storageClassName: storageClassName.exactOptional(),
    retention: retention.default('Delete'),
  }).prefault({}),
  grafana: fields("The bot's own Grafana with the dashboards; needs Prometheus.", {
    enabled: flag('Whether it runs.').default(false),
    size: bytes('Size of the volume; can grow, never shrink.').default('2Gi'),
    storageClassName: storageClassName.exactOptional(),
    retention: retention.default('Delete'),
  }).prefault({}),
  notify: fields('Sends the alerts of the bot to a person; left out, nobody is told.', {
    format: choice(
      'What the receiver understands: `json`, an object of ours by POST; `telegram`, the `sendMessage` of a Telegram bot.',
      ['json', 'telegram'],
    ),
    minLevel: choice('The least level of an alert that is sent.', ['Info', 'Warning', 'Critical']).default(
      'Warning',
    ),
    secretRef: secretRef(
      'The Secret that says where to: `notify-url` and, if the receiver asks for one, the bearer token `notify-token` for `json`; the bot token `notify-token` and `notify-chat-id` for `telegram`. Read again for each message.',
    ),
  }).exactOptional(),
});
