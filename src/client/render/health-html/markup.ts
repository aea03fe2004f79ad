import { printable } from '../text.ts';

/** Text of a document that is markup already. Made by `markup` alone, so that nothing from outside can pass as it. */
export class Markup {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static of(parts: TemplateStringsArray, values: readonly Value[]): Markup {
    return new Markup(parts.map((part, index) => part + Markup.#inserted(values[index])).join(''));
  }

  static #inserted(value: Value): string {
    if (value === undefined) return '';
    if (value instanceof Markup) return value.#text;
    if (typeof value === 'string') return escaped(value);
    if (typeof value === 'number') return String(value);
    return value.map((each) => each.#text).join('');
  }

  toString(): string {
    return this.#text;
  }
}

export type Value = string | number | Markup | readonly Markup[] | undefined;

/** Markup as it is written here; what is put in is escaped, unless it is markup itself. */
export const markup = (parts: TemplateStringsArray, ...values: readonly Value[]): Markup => Markup.of(parts, values);

/**
 * Text from outside, for an element or for an attribute in double quotes. What can't be seen, or would turn the
 * direction of what follows, is shown as on a terminal.
 */
export function escaped(text: string): string {
  return printable(text)
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\x${character.codePointAt(0)?.toString(16) ?? ''}`)
    .replace(/[&<>"'`]/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
