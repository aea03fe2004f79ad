import { describe, expect, test } from '@jest/globals';
import { Head, Lines, Tail } from '../../../src/systems/host/output.ts';

const bytes = (text: string): Buffer[] => [...Buffer.from(text)].map((byte) => Buffer.from([byte]));

describe('output that comes in pieces', () => {
  test('becomes lines wherever it was cut, also inside a character', () => {
    const lines: string[] = [];
    const splitter = new Lines((line) => lines.push(line), 100);
    for (const chunk of bytes('größe\n\nzwei\ndrei')) splitter.add(chunk);
    expect(lines).toEqual(['größe', '', 'zwei']);
    splitter.end();
    expect(lines).toEqual(['größe', '', 'zwei', 'drei']);
  });

  test('with a line beyond all bounds is no text by lines', () => {
    const splitter = new Lines(() => undefined, 10);
    expect(() => splitter.add(Buffer.from('01234567890'))).toThrow('more than 10 bytes');
  });

  test('is kept from its beginning, in whole characters', () => {
    const head = new Head(4);
    for (const chunk of bytes('aäöü')) head.add(chunk);
    expect(head.text()).toBe('aä');
    expect(head.truncated).toBe(true);
  });

  test('that just fits is not called truncated', () => {
    const head = new Head(4);
    head.add(Buffer.from('abcd'));
    expect(head.text()).toBe('abcd');
    expect(head.truncated).toBe(false);
  });

  test('is kept to its end, in whole characters, in little memory', () => {
    const tail = new Tail(4);
    for (const chunk of bytes(`${'x'.repeat(1000)}öäa`)) tail.add(chunk);
    expect(tail.text()).toBe('äa');
  });
});
