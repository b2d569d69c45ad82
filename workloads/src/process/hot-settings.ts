/**
 * The hot file while a process runs: looked at every few seconds, because a mounted file is replaced through a symbolic
 * link that no file watch follows on every system. What is invalid is refused with its reason, and what was in force
 * stays in force.
 */
import type { ProcessName, ProcessSettings, SettingsText } from '../contract/index.ts';
import { type Duration, SECOND, type Timestamp } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import { parseFiles, readSettingsFile } from './process-files.ts';

const LOOK_EVERY: Duration = 2 * SECOND;

/** A hot file that is not in force, and why. */
export interface RefusedSettings {
  readonly reason: string;
  readonly since: Timestamp;
}

export interface HotSettingsDeps<Name extends ProcessName> {
  readonly name: Name;
  readonly config: SettingsText;
  readonly hot: SettingsText;
  readonly initial: ProcessSettings<Name>;
  readonly clock: Clock;
  readonly onChange: (settings: ProcessSettings<Name>) => void;
  readonly onRefused: (refused: RefusedSettings) => void;
}

export class HotSettings<Name extends ProcessName> {
  readonly #deps: HotSettingsDeps<Name>;
  #current: ProcessSettings<Name>;
  /** The text last looked at, in force or refused. */
  #seen: string;
  #refused: RefusedSettings | undefined;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(deps: HotSettingsDeps<Name>) {
    this.#deps = deps;
    this.#current = deps.initial;
    this.#seen = deps.hot.text;
  }

  /** What is in force. */
  get current(): ProcessSettings<Name> {
    return this.#current;
  }

  get refused(): RefusedSettings | undefined {
    return this.#refused;
  }

  start(): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.after(LOOK_EVERY, () => {
      void this.look().finally(() => {
        this.start();
      });
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Looks at the file now. Never rejects. */
  async look(): Promise<void> {
    const { name, config, hot } = this.#deps;
    try {
      const { text } = await readSettingsFile(hot.file);
      if (text === this.#seen) return;
      this.#seen = text;
      this.#take(parseFiles(name, { config, hot: { file: hot.file, text } }));
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error));
    }
  }

  #take(settings: ProcessSettings<Name>): void {
    this.#refused = undefined;
    if (settings.hashes.hot === this.#current.hashes.hot) return;
    this.#current = settings;
    this.#deps.onChange(settings);
  }

  #refuse(reason: string): void {
    if (this.#refused?.reason === reason) return;
    this.#refused = { reason, since: this.#deps.clock.now() };
    this.#deps.onRefused(this.#refused);
  }
}
