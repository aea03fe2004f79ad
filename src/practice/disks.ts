import { createCipheriv, randomBytes } from 'node:crypto';
import { closeSync, existsSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';

const mebibyte = 1024 * 1024;

/**
 * Makes a sparse raw image unless it is there: `dataMiB` of data in pieces scattered over `sizeMiB`, half of it
 * random (nothing compresses it) and half of it text (which compresses well), as the disk of a server has it.
 */
export function makeDisk(path: string, sizeMiB: number, dataMiB: number): void {
  if (existsSync(path)) return;
  const draft = `${path}.new`;
  const file = openSync(draft, 'w', 0o600);
  // A stream cipher over zeros: random to any compressor, and many times faster than the system's generator.
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(mebibyte);
  for (let piece = 0; piece < dataMiB; piece += 1) {
    const random = cipher.update(zeros);
    const at = Math.floor((piece * sizeMiB) / dataMiB) * mebibyte;
    writeSync(file, piece % 2 === 0 ? random : textFrom(random), 0, mebibyte, at);
  }
  ftruncateSync(file, sizeMiB * mebibyte);
  closeSync(file);
  renameSync(draft, path);
}

const words = 'the guest wrote a line of its log and went on with what it did before '.split(' ');

/** A mebibyte of words in the order that random bytes give. */
function textFrom(random: Buffer): Buffer {
  const lines: string[] = [];
  for (let line = 0; line < 4096; line += 1) {
    const chosen = Array.from(random.subarray(line * 16, line * 16 + 16), (byte) => words[byte % words.length]);
    lines.push(`${line} ${chosen.join(' ')}\n`);
  }
  const text = Buffer.from(lines.join(''));
  const whole = Buffer.alloc(mebibyte);
  for (let at = 0; at < mebibyte; at += text.length) text.copy(whole, at);
  return whole;
}
