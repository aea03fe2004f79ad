import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Fault } from '../contracts/faults.ts';
import type { ImageSource } from '../contracts/image-upload.ts';

/**
 * What PATH means: an URL, HOST:PATH as scp has it (a colon before any slash; ./a:b is a file), or a file of this
 * machine, from the directory in which the command was typed.
 */
export function imageSourceSaid(said: string): ImageSource {
  if (said === '') throw new Fault('InvalidInput', 'PATH is empty');
  if (/^https?:\/\//i.test(said)) return { from: 'url', url: said };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(said)?.[1];
  if (scheme !== undefined)
    throw new Fault('InvalidInput', `nothing is fetched by ${scheme}: ${said}`, {
      remedy: 'PATH, HOST:PATH, https:// or http://',
    });
  const onHost = /^([^/:]+):(.*)$/s.exec(said);
  if (onHost !== null) return { from: 'host', host: onHost[1] ?? '', path: onHost[2] ?? '' };
  return { from: 'machine', machine: hostname(), path: resolve(said) };
}
