#!/usr/bin/env node
import { runCli } from './run.ts';

// `stackhand vm list | head` is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const exitCode = await runCli(process.argv.slice(2));
// process.exit drops what a pipe has not taken yet, and without it a library's open socket keeps the shell waiting.
await new Promise((resolve) => process.stdout.write('', () => process.stderr.write('', resolve)));
process.exit(exitCode);
