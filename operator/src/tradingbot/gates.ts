/** What must hold before a bot may be made, trade for real, or use storage and credentials that are there. Pure. */
import type { TradingBot } from '@claire/workloads/contract';
import type { Action } from './actions.ts';
import type { Barriers } from './decide-parts.ts';
import { ADOPT_ANNOTATION, CREDENTIALS_LABEL, UID_LABEL } from './names.ts';
import { annotationOf, type Observed, type SecretFacts, uidOf } from './observed.ts';
import type { CredentialSpec } from './parts.ts';
import type { Reason } from './reasons.ts';

export interface Obstacle {
  readonly reason: Reason;
  readonly message: string;
}

export interface Gates {
  readonly actions: readonly Action[];
  readonly barriers: Barriers;
  /** What only a person can put right. */
  readonly obstacles: readonly Obstacle[];
}

interface GateResult {
  readonly actions?: readonly Action[];
  readonly obstacle?: Obstacle;
  readonly stops?: 'all' | 'execution';
}

/** Volumes of a deleted bot of the same name. */
function retainedVolumes({ bot, retained, live }: Observed): GateResult {
  if (retained.length === 0) return {};
  const wanted = annotationOf(bot, ADOPT_ANNOTATION);
  const hasWorkloads = [...live.values()].some(({ kind }) => kind === 'StatefulSet');
  const foreign = retained.filter(({ metadata }) => {
    const owner = metadata.labels?.[UID_LABEL];
    // Its StatefulSet makes a claim without a UID: ours, once ours is there.
    return owner === undefined ? wanted === undefined && !hasWorkloads : owner !== wanted;
  });
  const [first] = foreign;
  if (first === undefined) return { actions: retained.map((object) => ({ kind: 'adopt', object })) };
  const owner = first.metadata.labels?.[UID_LABEL] ?? 'unknown';
  const names = foreign.map(({ metadata }) => metadata.name).join(', ');
  return {
    stops: 'all',
    obstacle: {
      reason: 'VolumeRetained',
      message: `the volumes ${names} belonged to a bot of this name that was deleted; adopt them with the annotation ${ADOPT_ANNOTATION}: ${owner}, or delete them`,
    },
  };
}

function credential(observed: Observed, secret: CredentialSpec): GateResult {
  const facts = observed.secrets.get(secret.name);
  if (facts === undefined) return {};
  const claims = secret.claims.filter(
    (claim) =>
      observed.live.has(`PersistentVolumeClaim/${claim}`) ||
      observed.retained.some(({ metadata }) => metadata.name === claim),
  );
  if (facts === null) {
    if (claims.length === 0) return { actions: [{ kind: 'make-credentials', secret }] };
    return {
      stops: 'all',
      obstacle: {
        reason: 'CredentialsLost',
        message: `the Secret ${secret.name} is gone, but the volume ${claims.join(', ')} it opens is there; restore the Secret from a backup, or delete the volume to begin anew: a new password would lock the data out`,
      },
    };
  }
  return ownedCredential(observed, secret.name, facts);
}

function ownedCredential({ bot }: Observed, name: string, facts: SecretFacts): GateResult {
  const owner = facts.labels[UID_LABEL];
  if (owner === uidOf(bot)) return {};
  if (owner !== undefined && owner === annotationOf(bot, ADOPT_ANNOTATION)) {
    return { actions: [{ kind: 'adopt-credentials', name, uid: owner }] };
  }
  return {
    stops: 'all',
    obstacle: {
      reason: 'ForeignObject',
      message: `the Secret ${name} exists and does not belong to this bot; rename or remove it, or adopt it with its volume (${ADOPT_ANNOTATION})`,
    },
  };
}

function liveNamespace({ liveAllowed }: Observed): GateResult {
  if (liveAllowed !== false) return {};
  return {
    stops: 'execution',
    obstacle: {
      reason: 'LiveNotAllowed',
      message: 'the namespace does not allow live bots; label it trading.claire.dev/live=allowed',
    },
  };
}

function overrides(spec: TradingBot['spec'], { overridesAllowed }: Observed): GateResult {
  const set = [
    ...(spec.exchange.endpoints === undefined ? [] : ['spec.exchange.endpoints']),
    ...(Object.keys(spec.images).length === 0 ? [] : ['spec.images']),
  ];
  if (overridesAllowed || set.length === 0) return {};
  return {
    stops: 'all',
    obstacle: {
      reason: 'OverrideRefused',
      message: `${set.join(' and ')} would redirect real orders; remove them, or start the operator with --allow-live-overrides`,
    },
  };
}

function exchangeSecret(spec: TradingBot['spec'], { secrets, bot }: Observed): GateResult {
  const name = spec.exchange.credentialsSecretRef?.name;
  if (name === undefined) {
    const message =
      'spec.exchange.credentialsSecretRef: is missing; live trading needs the Secret with the exchange keys';
    return { stops: 'execution', obstacle: { reason: 'CredentialsMissing', message } };
  }
  const facts = secrets.get(name);
  if (facts === undefined || facts?.labels[CREDENTIALS_LABEL] === bot.metadata.name) return {};
  const message =
    facts === null
      ? `the Secret ${name} is not there; create it with MEXC_API_KEY and MEXC_API_SECRET`
      : `the Secret ${name} may not be used by this bot; label it ${CREDENTIALS_LABEL}=${bot.metadata.name}`;
  return { stops: 'execution', obstacle: { reason: 'CredentialsMissing', message } };
}

function account({ account: claim }: Observed): GateResult {
  if (claim.kind === 'free') return { actions: [{ kind: 'claim-account' }], stops: 'execution' };
  if (claim.kind !== 'foreign') return {};
  return {
    stops: 'execution',
    obstacle: {
      reason: 'AccountClaimed',
      message: `the exchange account is traded by ${claim.holder}; one live bot trades an account`,
    },
  };
}

/** The gates of a bot, all of them looked at, so that a person sees at once all there is to do. */
export function decideGates(observed: Observed, spec: TradingBot['spec']): Gates {
  const credentials = observed.synthesis.ok ? observed.synthesis.credentials : [];
  const results: readonly GateResult[] = [
    retainedVolumes(observed),
    ...credentials.map((secret) => credential(observed, secret)),
    ...(spec.mode === 'live'
      ? [liveNamespace(observed), overrides(spec, observed), exchangeSecret(spec, observed)]
      : []),
  ];
  const blocked = results.some(({ stops }) => stops !== undefined);
  // The account is claimed last: a bot that may not trade takes it from nobody.
  const all = blocked ? results : [...results, account(observed)];
  const stopping = (what: 'all' | 'execution'): string | undefined => {
    const found = all.find(({ stops }) => stops === what);
    return found && (found.obstacle?.message ?? 'the exchange account is being claimed');
  };
  return {
    actions: all.flatMap(({ actions = [] }) => actions),
    barriers: { all: stopping('all'), execution: stopping('execution') },
    obstacles: all.flatMap(({ obstacle }) => (obstacle ? [obstacle] : [])),
  };
}
