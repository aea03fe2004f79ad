import { Fault } from '../../contracts/faults.ts';

/** Keeps the beginning of what it is given, up to a number of bytes, and tells whether there was more. */
export class Head {
  readonly #max: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  truncated = false;

  constructor(max: number) {
    this.#max = max;
  }

  add(chunk: Buffer): void {
    const room = this.#max - this.#bytes;
    if (chunk.length > room) this.truncated = true;
    if (room <= 0) return;
    const kept = chunk.subarray(0, room);
    this.#chunks.push(kept);
    this.#bytes += kept.length;
  }

  text(): string {
    // `stream` drops a character that the cut went through
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(this.#chunks), {
      stream: this.truncated,
    });
  }
}

/** Keeps the end of what it is given: the reason of a failure stands there. */
export class Tail {
  readonly #max: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > 2 * this.#max) this.#cut();
  }

  text(): string {
    this.#cut();
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  #cut(): void {
    if (this.#bytes <= this.#max) return;
    const kept = Buffer.concat(this.#chunks).subarray(-this.#max);
    let start = 0;
    // never begin inside a UTF-8 character
    while (start < 4 && ((kept[start] ?? 0) & 0xc0) === 0x80) start++;
    this.#chunks = [Buffer.from(kept.subarray(start))];
    this.#bytes = kept.length - start;
  }
}

/** Gives each line on as soon as it is complete. A line above `max` bytes is a fault: it isn't text by lines. */
export class Lines {
  readonly #onLine: (line: string) => void;
  readonly #max: number;
  #rest: Buffer[] = [];
  #bytes = 0;

  constructor(onLine: (line: string) => void, max: number) {
    this.#onLine = onLine;
    this.#max = max;
  }

  add(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#push(chunk.subarray(start, end));
      this.#flush();
      start = end + 1;
    }
    this.#push(chunk.subarray(start));
  }

  /** The command has ended by itself: what follows the last newline is a line, too. */
  end(): void {
    if (this.#bytes > 0) this.#flush();
  }

  #push(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > this.#max) {
      throw new Fault('CommandFailed', `the command printed a line of more than ${this.#max} bytes`);
    }
    this.#rest.push(part);
  }

  #flush(): void {
    const line = Buffer.concat(this.#rest).toString('utf8');
    this.#rest = [];
    this.#bytes = 0;
    this.#onLine(line);
  }
}
