/** The few things about absolute POSIX paths that rules need; node:path is not in a workflow's isolate. */

export function directoryOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}

export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function joined(directory: string, name: string): string {
  return `${directory.replace(/\/+$/, '')}/${name}`;
}

/** "web01.raw" → ["web01", ".raw"]; what begins with its only dot has no extension. */
export function splitExtension(name: string): [string, string] {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
}
