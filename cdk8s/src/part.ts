import { Construct } from 'constructs';
import type { ComponentName, TradingBot } from '@claire/workloads/contract';
import { type ApiObjectMetadata } from 'cdk8s';
import { LABELS } from './labels.ts';
import { PROTECTED, STAGE_OF, type Stage } from './stages.ts';
import type { Images, OperatorPeer, SynthesisInput } from './synthesis-input.ts';

/** What every part is made from. */
export interface PartContext {
  readonly input: SynthesisInput;
  readonly metadata: TradingBot['metadata'];
  readonly spec: TradingBot['spec'];
  readonly images: Images;
  readonly operator: OperatorPeer | undefined;
  readonly exposed: boolean;
  readonly replicas: 0 | 1;
  /** Of a content, for a name that says it. */
  readonly hash: (content: string) => string;
}

/** A part of a bot: all objects of one component, or what the bot has once (then without a component). */
export class Part extends Construct {
  readonly stage: Stage;
  readonly component: ComponentName | undefined;
  constructor(scope: Construct, component: ComponentName | 'base') {
    super(scope, component);
    this.component = component === 'base' ? undefined : component;
    this.stage = component === 'base' ? 'base' : STAGE_OF[component];
  }

  /** Name and labels of an object of this part; the chart adds the bot's labels and owner. */
  named(name: string): ApiObjectMetadata {
    const labels = this.component === undefined ? {} : { [LABELS.component]: this.component };
    return { name, labels };
  }
}

/** Labels of the pods of a component, besides those every object has. */
export function podLabels(
  metadata: TradingBot['metadata'],
  component: ComponentName,
): Record<string, string> {
  return {
    'app.kubernetes.io/part-of': 'claire',
    [LABELS.bot]: metadata.name,
    [LABELS.component]: component,
    [LABELS.protected]: String(PROTECTED.has(component)),
  };
}
