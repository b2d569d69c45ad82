import type { NotifySecrets } from '../services/notifier/destination.ts';
import type { Secrets } from './secrets.ts';

/** Where messages go, as it is now. @throws SecretError */
export const readNotifySecrets = async (secrets: Secrets): Promise<NotifySecrets> => ({
  url: await secrets.find('notifyUrl'),
  token: await secrets.find('notifyToken'),
  chat: await secrets.find('notifyChat'),
});
