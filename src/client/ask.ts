import { Declined } from './errors.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** Questions to the person at the terminal. They go to stderr: stdout is the answer. */
export interface Ask {
  confirm(question: string, yes?: boolean): Promise<boolean>;
  text(question: string): Promise<string>;
  one(question: string, choices: readonly Choice[]): Promise<string>;
  several(question: string, choices: readonly Choice[]): Promise<string[]>;
}

/** Loaded when something is asked: most runs ask nothing. */
export const terminalAsk: Ask = {
  async confirm(question, yes = true) {
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: question, initialValue: yes, output: process.stderr });
    if (isCancel(answer)) throw new Declined();
    return answer;
  },
  async text(question) {
    const { text, isCancel } = await import('@clack/prompts');
    const answer = await text({ message: question, output: process.stderr });
    if (isCancel(answer)) throw new Declined();
    return answer;
  },
  async one(question, choices) {
    const { select, isCancel } = await import('@clack/prompts');
    const answer = await select({ message: question, options: [...choices], maxItems: 15, output: process.stderr });
    if (isCancel(answer)) throw new Declined();
    return answer;
  },
  async several(question, choices) {
    const { multiselect, isCancel } = await import('@clack/prompts');
    const answer = await multiselect({
      message: question,
      options: [...choices],
      maxItems: 15,
      required: true,
      output: process.stderr,
    });
    if (isCancel(answer)) throw new Declined();
    return answer;
  },
};
