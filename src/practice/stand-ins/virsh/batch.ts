/**
 * A single argument is a line of commands, as at virsh's prompt: words apart by blanks, commands by semicolons; quotes
 * of both kinds and the backslash keep a character from it.
 */
export function splitBatch(line: string): string[][] {
  const commands: string[][] = [[]];
  // A quoted or plain piece of a word, a semicolon, or blanks.
  const piece = /'([^']*)(?:'|$)|"((?:[^"\\]|\\.)*)(?:"|$)|\\(.)|(;)|(\s+)|([^\s;'"\\]+)/gsy;
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (const [, single, double, escaped, semicolon, blank, plain] of line.matchAll(piece)) {
    if (semicolon !== undefined || blank !== undefined) {
      endWord();
      if (semicolon !== undefined) commands.push([]);
    } else {
      word = (word ?? '') + (single ?? double?.replace(/\\(.)/gs, '$1') ?? escaped ?? plain ?? '');
    }
  }
  endWord();
  return commands.filter((words) => words.length > 0);
}
