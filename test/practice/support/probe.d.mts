export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode?: number;
}

export interface Case {
  readonly argv: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export function runCases(site: {
  virsh(argv: readonly string[]): Promise<Ran>;
  write(name: string, text: string): Promise<void>;
  readonly directory: string;
  readonly bootSeconds: number;
}): Promise<Case[]>;
