import { randomBytes, randomInt } from 'node:crypto';
import { open, stat } from 'node:fs/promises';

const block = 1 << 20;

/**
 * A sparse raw image with mixed data: blocks of 1 MiB spread evenly over it, every other one random (as compressed or
 * encrypted files are), the others words (as logs and databases are), which compress to about a third.
 *
 * @returns {Promise<number>} the bytes that the file system has allocated
 */
export async function makeImage(path, { size, data }) {
  const words = Array.from({ length: 4000 }, () => randomBytes(randomInt(2, 9)).toString('base64url'));
  const count = Math.min(Math.max(1, Math.round(data / block)), Math.floor(size / block));
  const file = await open(path, 'w');
  try {
    await file.truncate(size);
    for (let index = 0; index < count; index += 1) {
      const at = Math.floor(((index + 0.5) * size) / count / block) * block;
      await file.write(index % 2 === 0 ? randomBytes(block) : text(words), 0, block, at);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return (await stat(path)).blocks * 512;
}

function text(words) {
  const buffer = Buffer.alloc(block, ' ');
  for (let at = 0; at < block;) {
    // Few words are frequent, most are rare.
    at += buffer.write(`${words[Math.floor(Math.random() ** 3 * words.length)]} `, at, 'latin1');
  }
  return buffer;
}
