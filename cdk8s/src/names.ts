/**
 * The names of a bot's objects. Within one kind no suffix ends with another, so that two bots never mean the same object,
 * whatever they are called; and all stay short enough for the labels that Kubernetes makes from them (a StatefulSet's
 * name plus eleven characters).
 */
import { hash } from 'node:crypto';
import type { ComponentName } from '@claire/workloads/contract';

const SHORT: Readonly<Partial<Record<ComponentName, string>>> = {
  'screener-ws': 'ws',
  'screener-rest': 'rest',
};

/** The longest name a StatefulSet can have and still get pods. */
export const MAX_STATEFUL_SET_NAME = 52;
const HASH_LENGTH = 10;

/** SHA-256 over a text, short enough for a name. */
export const contentHash = (content: string): string => hash('sha256', content, 'hex').slice(0, HASH_LENGTH);

/** A component's StatefulSet or Job, its Service and its policy. */
export const componentName = (bot: string, component: ComponentName): string =>
  `${bot}-${SHORT[component] ?? component}`;

/** The headless Service of a component's pods, ready or not. */
export const podsServiceName = (bot: string, component: ComponentName): string =>
  `${componentName(bot, component)}-pods`;

/** A ConfigMap or Job whose name says its content, by the hash of that. */
export const hashedName = (bot: string, component: ComponentName, hashOfContent: string): string =>
  `${componentName(bot, component)}-${hashOfContent}`;

/** The settings that a component re-reads. */
export const hotName = (bot: string, component: ComponentName): string =>
  `${componentName(bot, component)}-hot`;

/** What owns every object of a bot. */
export const anchorName = (bot: string): string => `${bot}-anchor`;
/** Secrets, by what their keys open. */
export const secretName = (bot: string, of: 'postgres' | 'redis' | 'control' | 'grafana'): string =>
  `${bot}-${of}`;
export const defaultDenyName = (bot: string): string => `${bot}-default-deny`;
export const disruptionName = (bot: string): string => `${bot}-trading`;
