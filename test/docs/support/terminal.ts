import { Writable } from 'node:stream';
import type { Ask } from '../../../src/client/ask.ts';

/** A terminal whose person reads the plan, agrees to everything, and types the number that the plan tells. */
export class Terminal extends Writable {
  text = '';
  readonly isTTY = true;
  readonly columns = 120;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  readonly ask: Ask = {
    confirm: () => Promise.resolve(true),
    text: (question) => {
      const counts = [...this.text.matchAll(/delete (\d+) server/g)];
      const last = counts.at(-1)?.[1];
      if (last === undefined) throw new Error(`nobody knows what to answer: ${question}`);
      return Promise.resolve(last);
    },
    one: (question) => Promise.reject(new Error(`nobody chooses: ${question}`)),
    several: (question) => Promise.reject(new Error(`nobody chooses: ${question}`)),
  };
}
