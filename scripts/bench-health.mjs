/**
 * `npm run bench:health -- [--hosts N] [--latency MS] [--runs N] [--log MiB]`: a health check of many practice hosts
 * beside what operators run, a loop of ssh and `ansible -m shell`; and the log scan beside `grep -c ERROR` of the same
 * file. The hosts are practice ones: real sshd's and commands, a podman that answers from files.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { median, timed, withProgram } from '../bench/program.mjs';
import { root } from './lib/run.mjs';
import { main, say } from './lib/say.mjs';
