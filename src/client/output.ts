import picocolors from 'picocolors';
import type { Settings, Streams } from './settings.ts';
import { printable } from './render/text.ts';

export type Colours = ReturnType<typeof picocolors.createColors>;

/**
 * stdout is the answer, stderr the story. A script reads the first and may drop the second. With --json the answer is
 * exactly one document, also where the command failed.
 */
export class Output {
  readonly settings: Settings;
  readonly streams: Streams;
  /** For stdout and stderr apart: one may be a file where the other is a terminal. */
  readonly colour: Colours;
  readonly storyColour: Colours;

  constructor(settings: Settings, streams: Streams) {
    this.settings = settings;
    this.streams = streams;
    this.colour = picocolors.createColors(settings.colour.stdout);
    this.storyColour = picocolors.createColors(settings.colour.stderr);
  }

  /** The answer: for a program as it is, for a person as lines. Lines are taken as they are: they may be coloured. */
  answer(value: unknown, lines: (colour: Colours) => readonly string[]): void {
    if (this.settings.json) this.#write(JSON.stringify(value, undefined, 2));
    else for (const line of lines(this.colour)) this.#write(line);
  }

  /** What happens, in a sentence. */
  story(line: string): void {
    if (!this.settings.quiet) this.streams.stderr.write(`${printable(line)}\n`);
  }

  /** Said even with --quiet. */
  warn(line: string): void {
    this.streams.stderr.write(`${this.storyColour.yellow('warning:')} ${printable(line)}\n`);
  }

  /** Lines of an error, the first of which names it. */
  error(lines: readonly string[]): void {
    for (const line of lines) this.streams.stderr.write(`${line}\n`);
  }

  #write(line: string): void {
    this.streams.stdout.write(`${line}\n`);
  }
}
