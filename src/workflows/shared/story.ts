import {
  log,
  setCurrentDetails,
  setHandler,
  defineQuery,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Item, Ledger, Outcome, Phase } from '../../contracts/operation.ts';
import { handlers } from '../../contracts/operation.ts';
import { keyword } from '../../contracts/search-attributes.ts';
import { ledgerMarkdown } from '../../domain/ledger-markdown.ts';
import { identify } from './identity.ts';

const stateKey = defineSearchAttributeKey('StackhandState', 'KEYWORD');
const operationKey = defineSearchAttributeKey('StackhandOperation', 'KEYWORD');
const startedByKey = defineSearchAttributeKey('StackhandStartedBy', 'KEYWORD');
const hostKey = defineSearchAttributeKey('StackhandHost', 'KEYWORD');
const cloudKey = defineSearchAttributeKey('StackhandCloud', 'KEYWORD');
const vmKey = defineSearchAttributeKey('StackhandVm', 'KEYWORD');

/**
 * The ledger as it is told: to the CLI by a query, to the Web UI as current details, to lists as a search attribute
 * that changes on transitions only, and to the log with them.
 */
export class Story {
  readonly ledger: Ledger;
  #before: Phase = 'planning';
  /** Hears of each change. */
  heard: ((items: readonly Item[]) => void) | undefined;

  readonly #silent: boolean;

  constructor(operation: string, title: string, startedBy: string, reason: string | undefined, silent = false) {
    this.#silent = silent;
    identify({ operation });
    this.#log('info', 'Operation began', { title, startedBy, ...(reason === undefined ? {} : { reason }) });
    this.ledger = { operation, title, ...(reason === undefined ? {} : { reason }), phase: 'planning', items: [] };
    setHandler(defineQuery<Ledger>(handlers.ledger), () => this.ledger);
    upsertSearchAttributes([
      { key: operationKey, value: operation },
      { key: stateKey, value: 'planning' },
      { key: startedByKey, value: keyword(startedBy) },
    ]);
    upsertMemo({ operation });
    this.tell();
  }

  /** What is known only after the look, and worth finding an operation by. */
  tag(tags: { host?: string; vm?: string; cloud?: string }): void {
    const pairs = [];
    if (tags.host !== undefined) pairs.push({ key: hostKey, value: keyword(tags.host) });
    if (tags.cloud !== undefined) pairs.push({ key: cloudKey, value: keyword(tags.cloud) });
    if (tags.vm !== undefined) pairs.push({ key: vmKey, value: keyword(tags.vm) });
    if (pairs.length > 0) upsertSearchAttributes(pairs);
  }

  /** The site whose workers do the steps from now on. */
  useSite(site: string | undefined): void {
    if (site === undefined) delete this.ledger.site;
    else this.ledger.site = site;
  }

  phase(phase: Phase, note?: string): void {
    const changed = this.ledger.phase !== phase;
    if (changed && phase === 'paused') this.#before = this.ledger.phase;
    this.ledger.phase = phase;
    this.note(note);
    if (!changed) return;
    upsertSearchAttributes([{ key: stateKey, value: phase }]);
    this.#log(phase === 'needs you' ? 'warn' : 'info', `Operation: ${phase}`, note === undefined ? {} : { note });
  }

  /** Back to the phase before a pause. */
  unpause(): void {
    if (this.ledger.phase === 'paused') this.phase(this.#before);
  }

  /** How it ended, which is the state that lists show from here on. */
  end(outcome: Outcome, summary: string): void {
    this.ledger.phase = 'finished';
    this.note(summary);
    upsertSearchAttributes([{ key: stateKey, value: outcome }]);
    this.#log(outcome === 'failed' || outcome === 'abandoned' ? 'warn' : 'info', 'Operation ended', {
      outcome,
      summary,
    });
  }

  note(note: string | undefined): void {
    if (note === undefined) delete this.ledger.note;
    else this.ledger.note = note;
    this.tell();
  }

  /** The item of that id, added at the end if it isn't there. */
  item(id: string, name: string, action: string): Item {
    const found = this.ledger.items.find((item) => item.id === id);
    if (found !== undefined) return found;
    const item: Item = { id, name, action, state: 'planned' };
    this.ledger.items.push(item);
    return item;
  }

  /** Drops what was only planned. */
  replan(): void {
    this.ledger.items = this.ledger.items.filter(({ state }) => state !== 'planned');
  }

  tell(): void {
    this.heard?.(this.ledger.items);
    setCurrentDetails(ledgerMarkdown(this.ledger));
  }

  /** Reads come by the hundred, and change nothing. */
  #log(level: 'info' | 'warn', message: string, attributes: Record<string, string>): void {
    log[this.#silent ? 'debug' : level](message, attributes);
  }
}
