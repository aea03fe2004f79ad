import { ApplicationFailure, condition, defineUpdate, setHandler } from '@temporalio/workflow';
import type { Approval, Approve, Gate } from '../../contracts/operation.ts';
import { handlers } from '../../contracts/operation.ts';
import { refuse } from './failure.ts';
import type { Story } from './story.ts';
import { counted } from '../../domain/format.ts';

/** Waits for a person's yes to a plan, and takes it only for exactly that plan. */
export class Approvals {
  readonly #story: Story;
  #given: Approval | undefined;

  constructor(story: Story) {
    this.#story = story;
    setHandler(
      defineUpdate<Approval, [Approve]>(handlers.approve),
      ({ by }) => {
        this.#given ??= { by, at: Date.now() };
        return this.#given;
      },
      { validator: (approve) => this.#check(approve) },
    );
  }

  get given(): Approval | undefined {
    return this.#given;
  }

  async gate(gate: Gate, approved: { readonly by: string; readonly count?: number } | undefined): Promise<Approval> {
    // What was agreed to before was another plan.
    this.#given = undefined;
    if (approved !== undefined) {
      const wrong = wrongCount(gate, approved.count);
      if (wrong !== undefined) throw refuse('NotApproved', wrong);
      this.#given = { by: approved.by, at: Date.now() };
      return this.#given;
    }
    this.#story.ledger.gate = gate;
    this.#story.phase('waiting', `${gate.what}: waits for approval, stackhand operation approve`);
    const inTime = await condition(() => this.#given !== undefined, Math.max(1, gate.expiresAt - Date.now()));
    delete this.#story.ledger.gate;
    if (!inTime || this.#given === undefined) throw refuse('PlanExpired', 'nobody approved the plan in time');
    this.#story.phase('working');
    return this.#given;
  }

  /** Refuses the update; synchronous, since Temporal ignores what an asynchronous validator says. */
  #check({ hash, count }: Approve): void {
    const { gate } = this.#story.ledger;
    const wrong =
      gate === undefined
        ? this.#given === undefined
          ? 'nothing waits for approval'
          : `it was approved already, by ${this.#given.by}`
        : gate.hash !== hash
          ? 'it is another plan than the one that was looked at'
          : wrongCount(gate, count);
    if (wrong !== undefined) throw ApplicationFailure.nonRetryable(wrong, 'NotApproved');
  }
}

const wrongCount = ({ count }: Gate, said: number | undefined): string | undefined =>
  count === undefined || count === said
    ? undefined
    : `the plan has ${counted(count, 'server')}, and ${said === undefined ? 'no number was confirmed: say --confirm-count' : `${String(said)} were confirmed`}`;
