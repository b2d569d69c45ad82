#!/usr/bin/env node
/**
 * `claire-manifests`: prints the objects of a TradingBot file. For reviews, for `kubectl diff`, and for running a bot
 * without the operator. It reads files and writes to standard output; it never talks to a cluster.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatProblem, type ReadBot, readTradingBots } from '@claire/workloads/contract';
import { commonLabels } from '../labels.ts';
import { OPERATOR_LABELS, RELEASE_IMAGES } from '../release.ts';
import { manifestsOf, renderYaml } from '../render.ts';
import { secretContent, secretPlans } from '../secrets.ts';
import { type ImageName, type ImageRefs, resolveImages, SynthesisError } from '../synthesis-input.ts';

const IMAGE_NAMES = Object.keys(RELEASE_IMAGES) as ImageName[];

const HELP = `Usage: claire-manifests -f FILE [options]

Prints the Kubernetes objects of every TradingBot in FILE as YAML, in the order in which they are first applied.

  -f, --file FILE               the TradingBot file; - is standard input
      --image NAME=REF          another image than the release's, may be repeated
                                (${IMAGE_NAMES.join(', ')})
      --operator-namespace NS   let the operator's pods in NS reach the control API (default: nobody)
      --flat                    allow evictions, as the operator does while nothing is open
      --with-secrets            also print the Secrets, with passwords made now: pipe it to kubectl, store it nowhere
  -h, --help                    this text

Without --with-secrets the Secrets are named and not printed; the operator makes them once and keeps them.

Examples:
  claire-manifests -f examples/paper-mexc.yaml | kubectl diff -f -
  claire-manifests -f bot.yaml --with-secrets | kubectl apply -f -

Exit codes: 0 done, 64 wrong usage, 65 the file is no TradingBot, 66 the file cannot be read.
`;

const EXIT = { USAGE: 64, BAD_DATA: 65, NO_INPUT: 66 } as const;

/** What ends the command, with what to say. */
class ManifestsFailure extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface Options {
  readonly file: string;
  readonly images: ImageRefs;
  readonly operatorNamespace: string | undefined;
  readonly exposed: boolean;
  readonly withSecrets: boolean;
}

function readImages(given: readonly string[]): ImageRefs {
  const own = given.map((text) => {
    const [name = '', ...ref] = text.split('=');
    if (!IMAGE_NAMES.some((known) => known === name) || ref.join('=') === '') {
      throw new ManifestsFailure(
        EXIT.USAGE,
        `--image: was ${text}; allowed NAME=REF with one of ${IMAGE_NAMES.join(', ')}`,
      );
    }
    return [name, ref.join('=')];
  });
  return { ...RELEASE_IMAGES, ...(Object.fromEntries(own) as Partial<ImageRefs>) };
}

/** @returns undefined when help was asked for */
function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      file: { type: 'string', short: 'f' },
      image: { type: 'string', multiple: true },
      'operator-namespace': { type: 'string' },
      flat: { type: 'boolean' },
      'with-secrets': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  if (values.file === undefined) {
    throw new ManifestsFailure(EXIT.USAGE, '-f FILE is missing; claire-manifests --help explains');
  }
  return {
    file: values.file,
    images: readImages(values.image ?? []),
    operatorNamespace: values['operator-namespace'],
    exposed: values.flat !== true,
    withSecrets: values['with-secrets'] === true,
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ManifestsFailure(EXIT.NO_INPUT, `${file}: cannot be read (${reason})`);
  }
}

function readBots(file: string): readonly ReadBot[] {
  const result = readTradingBots(readText(file), file);
  if (result.ok) return result.value;
  throw new ManifestsFailure(EXIT.BAD_DATA, result.problems.map(formatProblem).join('\n'));
}

function secretsOf({ wire }: ReadBot): readonly unknown[] {
  const { namespace } = wire.metadata;
  return secretPlans(wire).map((plan) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: plan.name, namespace, labels: commonLabels(wire.metadata, undefined) },
    stringData: secretContent(wire.metadata, plan, {}, () => randomBytes(24).toString('base64url')),
  }));
}

function objectsOf(bot: ReadBot, options: Options): readonly unknown[] {
  const { images, operatorNamespace, exposed, withSecrets } = options;
  const objects = manifestsOf({
    bot,
    images: resolveImages(bot.wire.spec, images),
    exposed,
    ...(operatorNamespace === undefined
      ? {}
      : { operator: { namespace: operatorNamespace, podLabels: OPERATOR_LABELS } }),
  });
  return withSecrets ? [...secretsOf(bot), ...objects] : objects;
}

function main(args: readonly string[]): void {
  const options = readOptions(args);
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  process.stdout.write(renderYaml(readBots(options.file).flatMap((bot) => objectsOf(bot, options))));
}

/** What the user can mend, as one line and an exit code; anything else is our defect and crashes. */
function explain(error: unknown): ManifestsFailure {
  if (error instanceof ManifestsFailure) return error;
  if (error instanceof SynthesisError) return new ManifestsFailure(EXIT.BAD_DATA, error.message);
  const isUsage =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (isUsage) return new ManifestsFailure(EXIT.USAGE, error.message);
  throw error;
}

// A reader that has seen enough, such as `head`, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
try {
  main(process.argv.slice(2));
} catch (error) {
  const { message, exitCode } = explain(error);
  process.stderr.write(`claire-manifests: ${message}\n`);
  process.exitCode = exitCode;
}
