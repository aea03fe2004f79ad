import { readFileSync } from 'node:fs';
import { Fault } from '../../contracts/faults.ts';

/**
 * The variables of an adminrc (openrc) file: `export NAME=value` lines as Horizon, kolla-ansible and people write
 * them. It is read and never executed, so that a value can't run anything.
 * @throws Fault ConfigInvalid where it can't be read, or a value needs a shell to be known
 */
export function readRcFile(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Fault('ConfigInvalid', `the adminrc ${file} can't be read: ${code}`, {
      where: file,
      remedy: 'name a file that the user of the worker can read',
    });
  }
  return parseRcFile(text, file);
}

/** Later lines win, as in a shell; lines that set nothing (`unset`, `echo`, conditions) are passed over. */
export function parseRcFile(text: string, file: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const where = `${file}:${String(index + 1)}`;
    let rest = line.replace(/^\s*(?:export\s+|declare\s+-x\s+)?/, '');
    // One line may set several: export OS_USERNAME=admin OS_PASSWORD=…
    for (let name = assigned(rest); name !== undefined; name = assigned(rest)) {
      const word = readWord(rest.slice(name.length + 1));
      if (word !== undefined) variables[name] = word.value;
      else if (name.startsWith('OS_')) throw onlyAShell(name, where);
      else break;
      rest = word.rest.replace(/^[\s;]+(?:export\s+)?/, '');
    }
  }
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith('OS_')));
}

const assigned = (text: string): string | undefined => /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(text)?.[1];

const onlyAShell = (name: string, where: string): Fault =>
  new Fault('ConfigInvalid', `${where} gives ${name} a value that only a shell can know`, {
    where,
    remedy: 'write the value itself there: the file is read, not executed; or use clouds.yaml',
  });

/** What bash makes of one word; undefined where it would substitute something, or the quotes don't end. */
function readWord(text: string): { readonly value: string; readonly rest: string } | undefined {
  let value = '';
  let rest = text;
  while (rest !== '' && !/^[\s;]/.test(rest)) {
    const plain = /^[^\s'"\\$`;&|<>()]+/.exec(rest);
    const single = /^'([^']*)'/.exec(rest);
    const double = /^"((?:[^"\\$`]|\\.)*)"/.exec(rest);
    const escaped = /^\\(.)/.exec(rest);
    const found = plain ?? single ?? double ?? escaped;
    if (found === null) return undefined;
    value += plain?.[0] ?? single?.[1] ?? double?.[1]?.replace(/\\(["\\$`])/g, '$1') ?? escaped?.[1] ?? '';
    rest = rest.slice(found[0].length);
  }
  return { value, rest };
}
