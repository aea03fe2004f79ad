/** Writes docs/commands.md from the compiled commands (npm run build first). Run it after a change of a command. */
import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

const { createProgram } = await import('../dist/client/program.js');
const { commandsMarkdown } = await import('../dist/client/manual.js');
const { Session } = await import('../dist/client/session.js');

const file = new URL('../docs/commands.md', import.meta.url);
const text = commandsMarkdown(createProgram(new Session({}), () => {}));
await writeFile(file, await format(text, { ...(await resolveConfig(file)), parser: 'markdown' }));
