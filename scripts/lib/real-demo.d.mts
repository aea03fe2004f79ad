export interface MachineFacts {
  readonly system: string;
  readonly likes: readonly string[];
  readonly architecture: string;
  readonly root: boolean;
  readonly terminal: boolean;
}

export function thisMachine(): Promise<MachineFacts>;
export function mustCarry(machine: Omit<MachineFacts, 'terminal'>, line: string): void;
export function announcement(missing: readonly string[]): string[];
export function agree(
  missing: readonly string[],
  how: { readonly terminal: boolean; readonly yes: boolean; readonly line: string },
): Promise<void>;
