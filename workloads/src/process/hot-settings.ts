/**
 * The hot file while a process runs: looked at every few seconds, because a mounted file is replaced through a symbolic
 * link that no file watch follows on every system. What is invalid, or cannot be in force now, is refused with its
 * reason, and what was in force stays in force. What only cannot be in force now is offered again at every look.
 */
import type { ProcessName, ProcessSettings, SettingsText } from '../contract/index.ts';
import { type Duration, SECOND, type Timestamp } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { SettingsAnswer } from './component.ts';
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
  /** Asks the component to take them. Rejects when it cannot say: it is asked again. */
  readonly offer: (settings: ProcessSettings<Name>) => Promise<SettingsAnswer>;
  /** They are `current` now: taken by the component, or to be put in force by beginning again. */
  readonly onChange: (settings: ProcessSettings<Name>, answer: 'applied' | 'restart') => void;
  /** Told once of each text. */
  readonly onRefused: (refused: RefusedSettings) => void;
}

export class HotSettings<Name extends ProcessName> {
  readonly #deps: HotSettingsDeps<Name>;
  #current: ProcessSettings<Name>;
  /** The text that is in force or can never be. */
  #seen: string;
  /** The text last told as refused. */
  #told: string | undefined;
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
    const { file } = this.#deps.hot;
    let text: string | undefined;
    try {
      ({ text } = await readSettingsFile(file));
      if (text !== this.#seen) await this.#take(text);
    } catch (error) {
      this.#refuse(text ?? '', error instanceof Error ? error.message : String(error));
    }
  }

  async #take(text: string): Promise<void> {
    const { name, config, hot } = this.#deps;
    const before = this.#seen;
    this.#seen = text;
    const settings = parseFiles(name, { config, hot: { file: hot.file, text } });
    if (settings.hashes.hot !== this.#current.hashes.hot) {
      // Offered again at the next look, unless they are taken now.
      this.#seen = before;
      const answer = await this.#deps.offer(settings);
      if (typeof answer === 'object') {
        this.#refuse(text, answer.refused);
        return;
      }
      this.#seen = text;
      this.#current = settings;
      this.#deps.onChange(settings, answer);
    }
    this.#refused = undefined;
    this.#told = undefined;
  }

  #refuse(text: string, reason: string): void {
    const { clock, onRefused } = this.#deps;
    const isNew = this.#told !== text;
    const since = isNew || this.#refused === undefined ? clock.now() : this.#refused.since;
    this.#refused = { reason, since };
    this.#told = text;
    if (isNew) onRefused(this.#refused);
  }
}
